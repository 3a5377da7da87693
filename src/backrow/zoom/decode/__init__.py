"""Zoom's JSON to rows of the samples table: REST answers and QSS events alike.

`bodies` is the way in (`once` for a single body). It reads structs of `backrow.zoom.wire` (`lenient` keeps
what can be kept of a body that does not fit them), and makes rows of each minute:
`columns` carefully, `fast` for large plain bodies, `events` for what is pushed;
`memos` is what they look texts up in, `persons` reads who it was.
"""

from __future__ import annotations

from backrow.zoom.decode.bodies import Decoder, Provenance, QosPage
from backrow.zoom.decode.once import (
    decode,
    decode_all,
    decode_event,
    decode_page,
    decode_participant,
)

__all__ = [
    "Decoder",
    "Provenance",
    "QosPage",
    "decode",
    "decode_all",
    "decode_event",
    "decode_page",
    "decode_participant",
]
