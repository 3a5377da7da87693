"""What people receive: what reaches Zoom, as their own line and machine let it in."""

from __future__ import annotations

from typing import Final

import numpy as np

from backrow.simulate.cast.people import Flags
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.links import NO_CAUSE
from backrow.simulate.scenario.templates import CAUSES
from backrow.simulate.streams.ladder import (
    P360,
    Picture,
    blend,
    fit,
)
from backrow.simulate.streams.opinion import (
    audio_score,
    picture_score,
    put_opinion,
    put_warnings,
)
from backrow.simulate.streams.sent import Given
from backrow.simulate.streams.wires import (
    Minute,
    put_picture,
    put_size,
    put_stream,
    surviving,
)

_SOUND_KBPS: Final = 50.0
_SCREEN_OF_ROOM: Final = 0.55
"""Part of what sound leaves that a shared screen takes at most."""
_SMALL_SHARE: Final = (1280, 720)
"""Size of a shared screen where there is room for less than half of it."""
_TIGHT_KBPS: Final = 250.0
_OWN_BANDWIDTH: Final = CAUSES.index("own_bandwidth")


def put_received(minute: Minute, given: Given) -> None:
    """Put everything that is received, and what Zoom thinks of it."""
    room = _rooms(minute)
    _put_sound(minute, given)
    left = _put_screen(minute, given, room)
    _put_picture(minute, given, left)
    here, links = minute.here, minute.links
    tight = here[(links.part[here] > 0.5) & (links.room_kbps[here] < _TIGHT_KBPS)]
    shaking = here[(links.received_loss_pct[here] > 6) | (links.jitter_ms[here] > 100)]
    put_warnings(minute.block, tight, shaking)


def _rooms(minute: Minute) -> tuple[Floats, Floats]:
    """Return the room of everybody here, free and tight.

    A call takes 72 to 93 % of a narrow line, as measured for others of its kind.
    """
    takes = 0.72 + 0.21 * minute.lots.uniform("picture_bitrate")[minute.here]
    links = minute.links
    free = takes * links.free_kbps[minute.here]
    tight = np.minimum(free, takes * links.room_kbps[minute.here])
    return free - _SOUND_KBPS, np.maximum(40.0, tight - _SOUND_KBPS)


def _put_sound(minute: Minute, given: Given) -> None:
    here, links, lots = minute.here, minute.links, minute.lots
    noise = np.clip(1 + 0.02 * lots.normal("audio_bitrate")[here], 0.9, 1.1)
    kbps = np.where(here == minute.stage.speaker, 2.0, given.voice_kbps) * noise
    kbps = kbps * (1 - links.received_loss_pct[here] / 100)
    put_stream(minute, "audio", "received", here, kbps)
    score = audio_score(links.received_loss_pct[here], links.jitter_ms[here])
    put_opinion(minute.block, "audio", score, lots, here)


def _put_screen(
    minute: Minute, given: Given, room: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Put the shared screen; return the room that it leaves, free and tight."""
    stage, links, here = minute.stage, minute.links, minute.here
    if stage.sharer < 0:
        return room
    need = max(given.share_kbps, 1.0)
    free = np.clip(_SCREEN_OF_ROOM * room[0] / need, 0.05, 1.0)
    tight = np.minimum(free, np.clip(_SCREEN_OF_ROOM * room[1] / need, 0.05, 1.0))
    part = links.part[here]
    got = free + (tight - free) * part
    whole = surviving(links.received_loss_pct[here]) * links.fps_factor[here]
    fps = given.share_fps * got * whole
    kbps = given.share_kbps * got * (1 - links.received_loss_pct[here] / 100)
    receives = here != stage.sharer
    who = here[receives]
    put_stream(minute, "share", "received", who, kbps[receives])
    is_small = (got < 0.5)[receives]
    size = tuple(
        np.where(is_small, small, full)
        for small, full in zip(_SMALL_SHARE, stage.share_size, strict=True)
    )
    put_size(minute, "share_received", who, (size[0], size[1]), fps[receives])
    score = picture_score(
        (got * whole * given.share_part)[receives],
        is_small.astype(int),
        links.received_loss_pct[who],
        links.jitter_ms[who],
    )
    put_opinion(minute.block, "share", score, minute.lots, who)
    return room[0] - need * free, room[1] - need * tight


def _put_picture(minute: Minute, given: Given, room: tuple[Floats, Floats]) -> None:
    stage, habits, links, here = minute.stage, minute.habits, minute.links, minute.here
    others = np.flatnonzero(habits.presents[here] & (here != stage.seen))
    has_seen, has_other = stage.seen >= 0 and given.rung >= 0, len(others) > 0
    receives = (here != stage.seen) & has_seen
    if has_seen and has_other:  # who is seen sees somebody else
        receives |= here == stage.seen
    who = here[receives]
    if not len(who):
        return
    mine = who == stage.seen
    asks = habits.beside_rung if stage.sharer >= 0 else habits.alone_rung
    rung = np.minimum(asks[who], np.where(mine, P360, given.rung))
    wanted = np.minimum(asks[who], np.where(mine, P360, given.wanted_rung))
    full = habits.full_fps[who] + 0.5 * minute.lots.normal("frames")[who]
    fps = np.minimum(full, np.where(mine, 15.0, given.fps))
    ideal = np.minimum(full, np.where(mine, 15.0, given.wanted_fps))
    free = fit(room[0][receives], rung, fps, stage.motion)
    tight = fit(room[1][receives], free.rung, free.fps, stage.motion)
    picture = blend(free, tight, links.part[who])
    _blame_line(minute, who, lowered=free.rung < rung)
    whole = surviving(links.received_loss_pct[who]) * links.fps_factor[who]
    top = np.where(picture.rung == given.rung, max(given.kbps, 1.0), 1e9)
    kbps = np.minimum(picture.kbps, top) * (0.6 + 0.4 * links.fps_factor[who])
    kbps = kbps * (1 - links.received_loss_pct[who] / 100)
    seen = Picture(kbps, picture.rung, picture.fps * whole)
    put_picture(minute, "received", who, seen)
    score = picture_score(
        seen.fps / np.maximum(ideal, 1.0),
        np.maximum(0, wanted - picture.rung),
        links.received_loss_pct[who],
        links.jitter_ms[who],
    )
    put_opinion(minute.block, "video", score, minute.lots, who)


def _blame_line(minute: Minute, who: Ints, *, lowered: Flags) -> None:
    """Mark the people whose line is always too narrow for what they ask."""
    links = minute.links
    narrow = who[lowered]
    narrow = narrow[links.cause[narrow] == NO_CAUSE]
    links.cause[narrow] = _OWN_BANDWIDTH
