"""A webinar that was collected live and completed, asked for at the mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrow.lake.window import Window
from tests.collect.rooms import Room
from tests.web.asking import Asking
from tests.web.mirror.mirrored import Mirrored, differences, everything


@pytest.mark.slow
@pytest.mark.anyio
async def test_webinar_that_was_watched_comes_back_as_zoom_tells_of_it(
    tmp_path: Path,
) -> None:
    room = Room.make(tmp_path)
    await room.collect(window=Window())
    uuid, options = room.session.uuid, {"still_share": "0 fps"}
    asking = Asking(room.clock, source=room.world, **options)
    came = await everything(asking, uuid)
    answered = await everything(Mirrored(tmp_path, clock=room.clock), uuid)
    assert len(came["participants_qos"]) > 20
    assert differences(came, answered) == []
