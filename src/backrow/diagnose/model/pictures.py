"""A minute of video or shared screen to a score with its limiting factor.

The score is the lowest of what frame rate, height, loss and jitter allow, each
by a curve of `backrow.diagnose.model.curves`; the factor that allows least is what a person is
told. Three rules keep it honest:

- a shared screen that is hardly refreshed because nothing on it moves is a
  *still slide*: its frame rate says nothing and is not judged;
- beside a shared screen, video is shown as a thumbnail: its height and its bits
  a pixel are not judged while a screen is received;
- a receiver who gets as many frames as the presenter sends is not to blame,
  whatever the score: `source_limited`.
"""

from __future__ import annotations

from typing import Final

import narwhals as nw

from backrow.diagnose.model import curves
from backrow.diagnose.model.audio import Step

Factors = dict[str, nw.Expr]
_TRANSPORT: Final = ("avg_loss_pct", "jitter_ms")


def video_factors(*, beside_share: nw.Expr) -> Factors:
    """Return what each metric of received video allows, null where it is absent.

    Args:
        beside_share: Whether a shared screen is received in the same minute.
    """
    stream = "video_received"
    fps, height = _fps(stream), _height(stream)
    kbps = nw.col(f"{stream}_bitrate_kbps")
    size = curves.VIDEO_HEIGHT.expression(height) + _bits_penalty(stream)
    sized = ~height.is_null() & ~beside_share
    return {
        "frame_rate_fps": curves.VIDEO_FPS.expression(fps),
        "height_px": nw.when(sized).then(size.clip(lower_bound=1.0)),
        "bitrate_kbps": nw.when(height.is_null()).then(
            curves.VIDEO_BITRATE.expression(kbps)
        ),
        **_transport(stream),
    }


def share_factors(*, still: nw.Expr) -> Factors:
    """Return the same for a received screen.

    Args:
        still: Whether it is a still slide.
    """
    stream = "share_received"
    fps = curves.SHARE_FPS.expression(_fps(stream))
    return {
        "frame_rate_fps": nw.when(~still).then(fps),
        "height_px": curves.SHARE_HEIGHT.expression(_height(stream)),
        **_transport(stream),
    }


def picture_steps(medium: str, factors: Factors) -> list[Step]:
    """Return the steps that score a received picture.

    They add ``<medium>_score`` and ``<medium>_due_to``, and ``_<medium>_network``,
    what loss and jitter alone allow; null where the picture is off.
    """
    stream, prefix = f"{medium}_received", f"_{medium}_"
    allowed = {f"{prefix}{name}": factor for name, factor in factors.items()}
    on, lowest = nw.col(f"{prefix}on"), nw.col(f"{prefix}lowest")
    named = nw.lit(None, dtype=nw.String())
    for name in reversed(factors):
        limits = nw.col(f"{prefix}{name}") <= lowest
        named = nw.when(limits).then(nw.lit(f"{stream}_{name}")).otherwise(named)
    transport = nw.min_horizontal(*(f"{prefix}{name}" for name in _TRANSPORT))
    return [
        {**allowed, f"{prefix}on": is_on(stream)},
        {f"{prefix}lowest": nw.when(on).then(nw.min_horizontal(*allowed))},
        {
            f"{medium}_score": lowest,
            f"{medium}_due_to": nw.when(on).then(named),
            f"{prefix}network": nw.when(on).then(transport),
        },
    ]


def is_on(stream: str) -> nw.Expr:
    """Return whether a picture was there: it has bits, frames, a size or loss."""
    kbps = nw.col(f"{stream}_bitrate_kbps").fill_null(0.0)
    frames = nw.col(f"{stream}_frame_rate_fps").fill_null(0.0)
    loss = nw.col(f"{stream}_avg_loss_pct").fill_null(0.0)
    flows = (kbps > 0) | (frames > 0) | (loss > 0)
    if stream.startswith("share"):  # a still slide may need no bits for a minute
        flows |= ~nw.col(f"{stream}_height_px").is_null()
    return flows


def _fps(stream: str) -> nw.Expr:
    return nw.col(f"{stream}_frame_rate_fps")


def _height(stream: str) -> nw.Expr:
    return nw.col(f"{stream}_height_px").cast(nw.Float64())


def _transport(stream: str) -> Factors:
    return {
        "avg_loss_pct": curves.LOSS.expression(nw.col(f"{stream}_avg_loss_pct")),
        "jitter_ms": curves.JITTER.expression(nw.col(f"{stream}_jitter_ms")),
    }


def _bits_penalty(stream: str) -> nw.Expr:
    """Return what too few bits for the size take; 0 where they are unknown."""
    width = nw.col(f"{stream}_width_px").cast(nw.Float64())
    rate = width * _height(stream) * _fps(stream)
    some = nw.when(rate > 0).then(rate)
    bits = nw.col(f"{stream}_bitrate_kbps") * 1000 / some
    return curves.BITS_PER_PIXEL.expression(bits).fill_null(0.0)
