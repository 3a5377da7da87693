"""What people send: the stage's sound, pictures and screen, and small pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.draws import Floats, Ints
from backrow.simulate.streams.ladder import P180, P360, Picture, blend, fit
from backrow.simulate.streams.wires import (
    Minute,
    error_correction,
    put_picture,
    put_size,
    put_stream,
)

_SENDS_OF_LINE: Final = 0.4
"""Lines carry less upwards than downwards."""
_SENDS_OF_ROOM: Final = 0.8
"""Part of a narrow line's room that is used."""
_SCREEN_OF_ROOM: Final = 0.5
"""Part of what sound leaves that a shared screen takes at most."""
_SOUND_KBPS: Final = 60.0
_SILENCE_KBPS: Final = 2.5
"""What discontinuous transmission leaves of silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What of the stage reaches Zoom, to be passed on to everybody."""

    voice_kbps: float
    rung: int
    """Of the seen picture; -1 if there is none."""
    fps: float
    kbps: float
    wanted_rung: int
    """What it would be if all were well."""
    wanted_fps: float
    share_kbps: float
    share_fps: float
    share_part: float
    """What is left of the shared screen's frames, 0 to 1."""


def put_sent(minute: Minute) -> Given:
    """Put everything that is sent, and return what reaches Zoom."""
    voice = _put_voices(minute)
    share_kbps, share_part = _put_screen(minute)
    wanted, sent = _put_cameras(minute, share_kbps)
    stage = minute.stage
    return Given(
        voice_kbps=voice,
        rung=sent[0],
        fps=sent[1],
        kbps=sent[2],
        wanted_rung=wanted[0],
        wanted_fps=wanted[1],
        share_kbps=share_kbps,
        share_fps=stage.share_fps * share_part,
        share_part=share_part,
    )


def _put_voices(minute: Minute) -> float:
    stage, habits, here = minute.stage, minute.habits, minute.here
    speaks = habits.unmuted[here] | (here == stage.speaker)
    who = here[speaks]
    noise = np.clip(1 + 0.06 * minute.lots.normal("audio_bitrate")[who], 0.7, 1.3)
    silence = _SILENCE_KBPS * (0.4 + 1.2 * minute.lots.uniform("audio_bitrate")[who])
    talk = np.where(who == stage.speaker, stage.talk, 0.0)
    kbps = habits.voice_kbps[who] * noise * talk + silence * (1 - talk)
    room = np.where(minute.links.part[who] > 0, 0.5 * minute.links.room_kbps[who], 1e9)
    kbps = np.minimum(kbps, room)
    added = error_correction(minute.links.sent_loss_pct[who])
    put_stream(minute, "audio", "sent", who, kbps * added)
    mine = who == stage.speaker
    if not mine.any():
        return _SILENCE_KBPS
    lost = float(minute.links.sent_loss_pct[stage.speaker])
    return float(kbps[mine][0]) * (1 - 0.005 * lost)


def _put_screen(minute: Minute) -> tuple[float, float]:
    """Put the shared screen; return what of it is sent, and the part of its frames."""
    stage, links = minute.stage, minute.links
    if stage.sharer < 0:
        return 0.0, 0.0
    who = np.array([stage.sharer])
    need = np.array([max(stage.share_kbps, 1.0)])
    room = _SENDS_OF_ROOM * links.room_kbps[who] - _SOUND_KBPS
    got = np.minimum(1.0, np.maximum(30.0, _SCREEN_OF_ROOM * room) / need)
    part = 1 - (1 - got) * links.part[who]
    part = part * links.fps_factor[who]
    kbps = stage.share_kbps * (1 - (1 - got) * links.part[who])
    added = error_correction(links.sent_loss_pct[who])
    put_stream(minute, "share", "sent", who, kbps * added)
    size = np.array([stage.share_size[0]]), np.array([stage.share_size[1]])
    put_size(minute, "share_sent", who, size, stage.share_fps * part)
    return float(kbps[0]), float(part[0])


def _put_cameras(
    minute: Minute, share_kbps: float
) -> tuple[tuple[int, float], tuple[int, float, float]]:
    """Put all cameras; return rung and rate wanted of the seen one, and what came."""
    stage, habits, links = minute.stage, minute.habits, minute.links
    here = minute.here
    sends = habits.sends_video[here] & ~((here == stage.speaker) & (stage.seen < 0))
    who = here[sends]
    if not len(who):
        return (-1, 0.0), (-1, 0.0, 0.0)
    seen = who == stage.seen
    small = np.where(habits.camera_rung[who] > P360, P360, P180)
    rung = np.where(seen, habits.camera_rung[who], small)
    rung = np.minimum(rung, P360) if stage.sharer >= 0 else rung
    fps = np.where(seen, 25.0, 15.0) + 0.8 * minute.lots.normal("frames")[who]
    fps = np.clip(fps, 8, 28)
    taken = _SOUND_KBPS + share_kbps * (who == stage.sharer)
    picture = _sent_picture(minute, who, rung, fps, taken)
    added = error_correction(links.sent_loss_pct[who])
    put_picture(
        minute, "sent", who, Picture(picture.kbps * added, picture.rung, picture.fps)
    )
    if not seen.any():
        return (-1, 0.0), (-1, 0.0, 0.0)
    i = int(np.flatnonzero(seen)[0])
    wanted = int(rung[i]), float(fps[i])
    return wanted, (int(picture.rung[i]), float(picture.fps[i]), float(picture.kbps[i]))


def _sent_picture(
    minute: Minute, who: Ints, rung: Ints, fps: Floats, taken: Floats
) -> Picture:
    links, motion = minute.links, minute.stage.motion
    free = fit(_SENDS_OF_LINE * links.free_kbps[who] - taken, rung, fps, motion)
    tight = fit(
        _SENDS_OF_ROOM * links.room_kbps[who] - taken, free.rung, free.fps, motion
    )
    picture = blend(free, tight, links.part[who])
    return Picture(picture.kbps, picture.rung, picture.fps * links.fps_factor[who])
