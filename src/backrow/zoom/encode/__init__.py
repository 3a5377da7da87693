"""Rows of the samples table to Zoom's JSON: the inverse of `backrow.zoom.decode`.

`answers` makes REST answers, `events` QSS events, `summary` what both say of a
whole stay.
"""

from __future__ import annotations

from backrow.zoom.encode.answers import (
    Absent,
    Encoder,
    StillShare,
    encode_participant,
    encode_person,
)

__all__ = ["Absent", "Encoder", "StillShare", "encode_participant", "encode_person"]
