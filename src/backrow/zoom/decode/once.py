"""One body, decoded: the functions that users call."""

from __future__ import annotations

from backrow.errors import UsageError, WireError
from backrow.qos.reading import ParticipantQos
from backrow.zoom.decode.bodies import Decoder, Provenance, QosPage


def decode_participant(
    body: bytes | str, *, provenance: Provenance | None = None, strict: bool = False
) -> ParticipantQos:
    """Return the QoS of the one participant that `body` is about.

    Args:
        body: Zoom's JSON, the answer of the single call, not yet parsed.
        provenance: What to put into the rows' key columns.
        strict: Raise at the first value that cannot be read.

    Raises:
        UsageError: `body` is neither bytes nor text.
        WireError: `body` is no such answer; strictly, also any unreadable value.
    """
    return Decoder(strict).participant(_bytes(body), provenance or Provenance())


def decode_page(
    body: bytes | str, *, provenance: Provenance | None = None, strict: bool = False
) -> QosPage:
    """Return a page of the list of participants' QoS (as `decode_participant`)."""
    return Decoder(strict).page(_bytes(body), provenance or Provenance())


def decode_event(
    body: bytes | str, *, provenance: Provenance | None = None, strict: bool = False
) -> ParticipantQos:
    """Return what a QSS event says of its participant (as `decode_participant`)."""
    default = Provenance(origin="qss", picked="pushed")
    return Decoder(strict).event(_bytes(body), provenance or default)


def decode_all(
    body: bytes | str, *, provenance: Provenance | None = None, strict: bool = False
) -> list[ParticipantQos]:
    """Return everyone that `body` speaks of, whichever kind of body it is.

    The kinds are the QoS of one participant, a page of the QoS list, of the
    participants list or of the summaries, and a QSS event. Arguments and errors
    are those of `decode_participant`.
    """
    return Decoder(strict).all(_bytes(body), provenance or Provenance())


def decode(
    body: bytes | str, *, provenance: Provenance | None = None, strict: bool = False
) -> ParticipantQos:
    """Return the QoS of the one participant that `body` is about.

    `body` is the answer of the single call, or a QSS event; for a page use
    `decode_all`. Arguments and errors are those of `decode_participant`.
    """
    people = decode_all(body, provenance=provenance, strict=strict)
    if len(people) != 1:
        found = f"expected one participant, got {len(people)} (see decode_all)"
        raise WireError(found, path="$.participants")
    return people[0]


def _bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytearray | memoryview):
        return bytes(body)
    got = type(body).__name__
    raise UsageError(f"expected Zoom's JSON as bytes or text, not parsed, got a {got}")
