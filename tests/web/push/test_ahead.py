"""Files of signed events, for load from an outside tool."""

import io
import json
from collections.abc import Iterator

from backrow.web.push.ahead import Written, events_ahead, write_events
from backrow.web.push.feed import Feed
from backrow.web.push.options import PushOptions
from tests.web.receiving import NOW, SEAL, SmallWebinar


def events(**options: float) -> Iterator[Written]:
    return events_ahead(
        Feed(source=SmallWebinar()),
        PushOptions(**options),  # type: ignore[arg-type] # rates
        seal=SEAL,
        begin=NOW,
        signed_at=NOW + 1,
    )


def test_all_events_are_there_and_signed() -> None:
    found = list(events())
    assert len(found) == 16
    for one in found:
        assert SEAL.check(one.headers, one.body, now=NOW) == "good"


def test_same_events_are_made_every_time() -> None:
    rates = {"duplicates": 0.3, "disorder": 0.3}
    assert list(events(**rates)) == list(events(**rates)) != list(events())


def test_ndjson_holds_headers_and_body() -> None:
    file = io.BytesIO()
    assert write_events(events(), file, form="ndjson", most=1000) == 16
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    for line in lines:
        assert SEAL.check(line["headers"], line["body"].encode(), now=NOW) == "good"


def test_tsv_holds_timestamp_signature_id_and_body() -> None:
    file = io.BytesIO()
    write_events(events(), file, form="tsv", most=1000)
    for line in file.getvalue().splitlines():
        timestamp, signature, _, body = line.split(b"\t")
        assert SEAL.signature(timestamp.decode(), body) == signature.decode()


def test_no_more_are_written_than_asked_for() -> None:
    file = io.BytesIO()
    assert write_events(events(), file, form="ndjson", most=3) == 3
    assert file.getvalue().count(b"\n") == 3


def test_nothing_to_write_is_an_empty_file() -> None:
    file = io.BytesIO()
    assert write_events(iter([]), file, form="tsv", most=3) == 0
    assert file.getvalue() == b""
