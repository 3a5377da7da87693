"""The words that Zoom documents for fields that hold one of a set.

Structs type such fields as text, because Zoom adds words without notice. Where
real answers are known to go beyond the documented words, the field is in
`BEYOND`, and the description names the words without excluding others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backrow.qos.summary import STREAM_OF_TYPE
from backrow.qos.vocabulary import CPU_LEVELS, Kind

_TRANSPORTS: Final = (
    "P2P",
    "TCP",
    "UDP",
    "Reliable UDP",
    "SSL",
    "HTTP",
    "TCP+Proxy",
    "UDP+Proxy",
    "Reliable+Proxy",
    "SSL+Proxy",
    "HTTP+Proxy",
)
_BANDS: Final = ("good", "fair", "poor", "bad")
_LEAVE_REASONS: Final = (
    "$name left the {kind}.",
    "$name got disconnected from the {kind}.",
    "Host ended the {kind}.",
    "Host closed the {kind}.",
    "Host started a new {kind}.",
    "Network connection error.",
    "Host did not join.",
    "Exceeded free {kind} minutes limit.",
    "Removed by host.",
    "Unknown reason.",
    "Leave waiting room.",
    "Removed by host from waiting room.",
)
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "connection_type": _TRANSPORTS,
    "video_connection_type": _TRANSPORTS,
    "as_connection_type": _TRANSPORTS,
    "device": ("Phone", "H.323/SIP", "Windows", "Mac", "iOS", "Android"),
    "network_type": ("Wired", "Wifi", "PPP", "Cellular", "Others"),
    "optional_archiving": (
        "no optional archiving",
        "join without archiving",
        "join with archiving",
    ),
    "health": ("Good", "Warning", "Critical"),
    "status": ("in_meeting", "in_waiting_room"),
    "aic_disclaimer": ("no disclaimer", "agree", "leave meeting"),
    "call_type": ("call-in", "call-out"),
    "audio_quality": _BANDS,
    "video_quality": _BANDS,
    "screen_share_quality": _BANDS,
    "system_min_cpu_pressure_level": CPU_LEVELS,
    "system_avg_cpu_pressure_level": CPU_LEVELS,
    "system_max_cpu_pressure_level": CPU_LEVELS,
}
_OF_STRUCT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("Participant", "audio_quality"): ("", *_BANDS),
    ("Participant", "video_quality"): ("", *_BANDS),
    ("Participant", "screen_share_quality"): ("", *_BANDS),
    ("Participant", "role"): ("host", "attendee", "panelist"),
    ("MeetingParticipant", "role"): ("host", "attendee"),
    ("Feedback", "quality"): ("GOOD", "NOT GOOD"),
    ("SummaryItem", "type"): (*STREAM_OF_TYPE, "cpu_usage"),
}
"""Words that hold in one struct, or in those below it, only."""

BEYOND: Final = frozenset(
    {
        "device",  # "Web Browser Chrome 129", "Unknown + Phone", "" for externals
        "leave_reason",  # the name is put in, and HTML may follow
        "audio_quality",  # of a session nobody has a word for yet, empty
        "video_quality",
        "screen_share_quality",
    }
)
"""Fields whose real values go beyond the documented ones."""


def words_of(structs: tuple[str, ...], field: str, kind: Kind) -> tuple[str, ...]:
    """Return the documented words of a field; () if it has no such set.

    Args:
        structs: Name of the field's struct, and of those it is made from, nearest
            first.
        field: Zoom's key.
        kind: Whether a webinar's or a meeting's answer is meant.
    """
    if field == "leave_reason":
        return tuple(reason.format(kind=kind) for reason in _LEAVE_REASONS)
    for struct in structs:
        if (struct, field) in _OF_STRUCT:
            return _OF_STRUCT[struct, field]
    return _WORDS.get(field, ())
