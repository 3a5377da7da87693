"""PUBLIC: the modules and names that programs may rely on.

`tests/api` uses every one of them as a stranger would, type-checked; a test compares.
`references` makes their page.
"""

from __future__ import annotations

from typing import Final

PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "backrow": ("AsyncZoom", "Zoom", "decode", "decode_all", "open_lake"),
    "backrow.errors": (
        "AnswerError",
        "AuthError",
        "BackrowError",
        "ClusterError",
        "CredentialsError",
        "LakeError",
        "MissingExtraError",
        "NoAccessError",
        "NotFoundError",
        "NothingFoundError",
        "PageTokenError",
        "PlanError",
        "RateLimitError",
        "RequestError",
        "ScopeError",
        "ServerError",
        "SettingsError",
        "StorageError",
        "TokenError",
        "TooOldError",
        "TransportError",
        "UsageError",
        "WireError",
        "ZoomError",
    ),
    "backrow.zoom.client": (
        "Answer",
        "AsyncSessions",
        "Budget",
        "CallRecord",
        "Options",
        "Sessions",
        "Timer",
        "Token",
    ),
    "backrow.zoom.wire.lists": (
        "Feedback",
        "Meeting",
        "MeetingParticipant",
        "Participant",
        "SharingParticipant",
        "SummaryParticipant",
        "Webinar",
    ),
    "backrow.zoom.webhook": ("Seal", "plain_token_of", "read_head"),
    "backrow.qos.reading": (
        "MediumReading",
        "Minute",
        "ParticipantQos",
        "Problem",
        "Stream",
    ),
    "backrow.qos.people": ("Person", "Session", "Share"),
    "backrow.settings": ("Secret", "Settings", "find_file", "load"),
    "backrow.lake.kept": ("Lake",),
    "backrow.lake.frames": (
        "Naming",
        "Providers",
        "SessionFrames",
        "read_naming",
        "session_frames",
    ),
    "backrow.judge.engine": ("How", "diagnosed"),
    "backrow.cluster.engine": ("engine_on", "spark_engine"),
    "backrow.diagnose.hindsight": ("Diagnosis",),
    "backrow.diagnose.verdict": ("Evidence", "Finding"),
    "backrow.simulate.scenario": ("Scenario", "read_scenario"),
    "backrow.simulate.world": ("World",),
    "backrow.web.source": ("Source",),
    "backrow.web.testing": ("EmulatedZoom", "HandClock", "emulated_zoom"),
    "backrow.web.zoom_api": ("Credentials", "ZoomOptions", "create_app"),
}
"""Every public name, by the module that it is imported from."""
