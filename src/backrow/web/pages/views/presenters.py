"""Presenters: what they send against what the room receives of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from backrow.diagnose.frames import PRESENTERS
from backrow.diagnose.presets import CLASSES
from backrow.qos.people import iso
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.picture import WORDS, Picture

STREAMS: Final = {
    "audio": ("bitrate_kbps", "avg_loss_pct", "latency_ms", "jitter_ms"),
    "video": ("bitrate_kbps", "avg_loss_pct", "frame_rate_fps", "height_px"),
    "share": ("bitrate_kbps", "avg_loss_pct", "frame_rate_fps"),
}
"""What a page shows of a stream."""
SHOWN: Final = tuple(
    f"{medium}_{name}" for medium, names in STREAMS.items() for name in names
)
_WORTH_TELLING: Final = 2.0
"""Loss of a minute, in percent, from which a session's worst minute is told."""
_MOST: Final = 25
"""Presenters on a page at most; those who sent longest."""


def presenters_of(snapshot: Snapshot, picture: Picture) -> list[dict[str, Any]]:
    """Return everybody on the stage of whom something sent was measured."""
    people = snapshot.people.with_row_index("seat").filter(
        pl.col("role").str.to_lowercase().is_in(PRESENTERS)
    )
    sent = [f"{m}_sent_{n}" for m, names in STREAMS.items() for n in names]
    sent = [name for name in sent if name in snapshot.minutes.columns]
    if people.is_empty() or not sent:
        return []
    own = snapshot.minutes.filter(
        pl.col("participant").is_in(people["participant"].implode())
    )
    own = own.filter(pl.any_horizontal(pl.col(sent).is_not_null())).sort("minute")
    room = _received(snapshot.minutes, people["participant"])
    found = []
    is_live = snapshot.occurrence.state == "live"
    parts = own.partition_by("participant", as_dict=True)
    for person in people.iter_rows(named=True):
        rows = parts.get((person["participant"],))
        if rows is not None:
            found.append(_presenter(person, rows, room, picture, is_live=is_live))
    found.sort(key=lambda one: -len(one["minutes"]))
    return sorted(found[:_MOST], key=lambda one: one["role"] != "host")


def _received(minutes: pl.DataFrame, stage: pl.Series) -> pl.DataFrame:
    """Return the audience's medians in every minute."""
    names = [n for n in minutes.columns if "_received_" in n]
    shown = [n for n in names if n.replace("_received", "") in SHOWN]
    audience = minutes.filter(~pl.col("participant").is_in(stage.implode()))
    return audience.group_by("minute").agg(pl.col(shown).median())


def _presenter(
    person: dict[str, Any],
    rows: pl.DataFrame,
    room: pl.DataFrame,
    picture: Picture,
    *,
    is_live: bool,
) -> dict[str, Any]:
    beside = rows.select("minute").join(
        room, on="minute", how="left", maintain_order="left"
    )
    sent, received = {}, {}
    for name in SHOWN:
        medium, _, metric = name.partition("_")
        column = f"{medium}_sent_{metric}"
        if column not in rows.columns or not rows[column].count():
            continue
        sent[name] = _rounded(rows[column])
        theirs = f"{medium}_received_{metric}"
        if theirs in beside.columns:
            seen = pl.when(rows[column].is_not_null()).then(beside[theirs])
            received[name] = _rounded(pl.select(seen.alias(name))[name])
    klass = WORDS[min(int(picture.classes["all"][person["seat"]]), len(CLASSES))]
    return {
        "participant": person["participant"],
        "name": person.get("user_name") or "",
        "role": person["role"],
        "class": klass,
        "minutes": [iso(at) for at in rows["minute"]],
        "sent": sent,
        "received_by_room": received,
        "sentence": _sentence(rows, beside) if is_live else _afterwards(rows, beside),
    }


def _sentence(rows: pl.DataFrame, beside: pl.DataFrame) -> str:
    """Return the last minute's loss on the way up, and that of the room."""
    last = rows.height - 1
    parts = []
    for what, lost, theirs in _losses(rows, beside):
        if lost[last] is None:
            continue
        text = f"{lost[last]:.1f} % of the {what} is lost on the way to Zoom"
        got = None if theirs is None else theirs[last]
        parts.append(text if got is None else f"{text}, {got:.1f} % on to the room")
    return f"{'; '.join(parts)}." if parts else "Sends nothing now."


def _afterwards(rows: pl.DataFrame, beside: pl.DataFrame) -> str:
    """Return the loss of the whole session, and of its worst minute."""
    sent, received = [], []
    for what, lost, theirs in _losses(rows, beside):
        mean, most = lost.mean(), lost.max()
        if not isinstance(mean, float) or not isinstance(most, float):
            continue
        is_uneven = most >= _WORTH_TELLING and most >= 2 * mean
        worst = f" (in the worst minute {most:.0f} %)" if is_uneven else ""
        sent.append(f"{mean:.1f} % of the {what}{worst}")
        got = None if theirs is None else theirs.filter(lost.is_not_null()).mean()
        if isinstance(got, float):
            received.append(f"{got:.1f} % of the {what}")
    if not sent:
        return "Sent nothing that was measured."
    told = f"Lost on the way to Zoom: {', '.join(sent)}."
    return f"{told} On to the room: {', '.join(received)}." if received else told


def _losses(
    rows: pl.DataFrame, beside: pl.DataFrame
) -> Iterator[tuple[str, pl.Series, pl.Series | None]]:
    """Yield what is sent, its loss in every minute, and what the room loses of all."""
    for medium, what in (("audio", "sound"), ("video", "picture"), ("share", "screen")):
        column = f"{medium}_sent_avg_loss_pct"
        theirs = f"{medium}_received_avg_loss_pct"
        if column in rows.columns:
            lost = rows[column].cast(pl.Float64)
            got = beside[theirs].cast(pl.Float64) if theirs in beside.columns else None
            yield what, lost, got


def _rounded(values: pl.Series) -> list[float | None]:
    return values.cast(pl.Float64).fill_nan(None).round(2).to_list()
