"""PUBLIC: the modules and names that programs may rely on, and their page.

`tests/api` uses every one of them as a stranger would, type-checked; a test compares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
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

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]


def python_page(made_from: str, *, table: Table) -> str:
    """Return the page of PUBLIC.

    Args:
        made_from: The comment at its head.
        table: Makes a table in Markdown.
    """
    parts = [
        made_from,
        "# Python",
        (
            "What programs may rely on. It is typed (`py.typed`), and `tests/api` shows each "
            "name in use. Everything else may change without notice. `help(NAME)` says more."
        ),
    ]
    for module, names in PUBLIC.items():
        parts += [f"## `{module}`", table(["name", "is"], _rows(module, names))]
    return "\n\n".join(parts) + "\n"


def _rows(module: str, names: Sequence[str]) -> list[list[str]]:
    home = import_module(module)
    return [[f"`{name}`", _first_line(getattr(home, name))] for name in names]


def _first_line(thing: object) -> str:
    text = (inspect.getdoc(thing) or "").splitlines()[0]
    return text.replace("|", "\\|")
