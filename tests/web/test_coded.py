"""Minutes written from numbers: the same bytes as from rows."""

from datetime import timedelta
from typing import Any

import pytest

from backrow.web.emulated.coded import CodedSource, CodedWriter
from backrow.zoom.encode import Encoder
from tests.web.worlds import everything

WORLD = everything()


@pytest.mark.parametrize(
    "how",
    [
        {"style": "2021", "absent": "mixed", "still_share": "0*0"},
        {"style": "2021", "absent": "blank", "still_share": "0 fps"},
        {"style": "2023", "absent": "mixed", "still_share": "0 fps"},
        {"style": "2026", "absent": "blank", "still_share": "0*0"},
        {"style": "2026", "absent": "mixed", "rssi_swapped": True},
    ],
)
def test_every_style_is_that_of_the_encoder(how: dict[str, Any]) -> None:
    encoder, writer = Encoder(**how), CodedWriter(Encoder(**how))
    assert isinstance(WORLD, CodedSource)
    for session in WORLD.sessions():
        names = [one.user_id or "" for one in WORLD.people(session.uuid)] + ["nobody"]
        start, end = session.start_at, session.start_at + timedelta(minutes=9)
        rows = WORLD.rows(session.uuid, names, start=start, end=end)
        coded = WORLD.coded(session.uuid, names, start=start, end=end)
        expected = [encoder.minutes_json(rows[name]) for name in names]
        assert writer.minutes_json(coded) == expected


def test_nobody_and_no_minute_are_empty() -> None:
    writer, session = CodedWriter(Encoder()), WORLD.sessions()[0]
    at = session.start_at
    assert writer.minutes_json(WORLD.coded(session.uuid, [], start=at, end=at)) == []
    who = [WORLD.people(session.uuid)[0].user_id or ""]
    none = WORLD.coded(session.uuid, who, start=at, end=at)
    assert writer.minutes_json(none) == [b"[]"]
