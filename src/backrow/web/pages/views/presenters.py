"""Presenters: what they send against what the room receives of it."""

from __future__ import annotations

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
    parts = own.partition_by("participant", as_dict=True)
    for person in people.iter_rows(named=True):
        rows = parts.get((person["participant"],))
        if rows is not None:
            found.append(_presenter(person, rows, room, picture))
    found.sort(key=lambda one: -len(one["minutes"]))
    return sorted(found[:_MOST], key=lambda one: one["role"] != "host")


def _received(minutes: pl.DataFrame, stage: pl.Series) -> pl.DataFrame:
    """Return the audience's medians in every minute."""
    names = [n for n in minutes.columns if "_received_" in n]
    shown = [n for n in names if n.replace("_received", "") in SHOWN]
    audience = minutes.filter(~pl.col("participant").is_in(stage.implode()))
    return audience.group_by("minute").agg(pl.col(shown).median())


def _presenter(
    person: dict[str, Any], rows: pl.DataFrame, room: pl.DataFrame, picture: Picture
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
        "sentence": _sentence(rows, beside),
    }


def _sentence(rows: pl.DataFrame, beside: pl.DataFrame) -> str:
    """Return the last minute's loss on the way up, and that of the room."""
    last = rows.height - 1
    parts = []
    for medium, what in (("audio", "sound"), ("video", "picture"), ("share", "screen")):
        column, theirs = (
            f"{medium}_sent_avg_loss_pct",
            f"{medium}_received_avg_loss_pct",
        )
        lost = rows[column][last] if column in rows.columns else None
        if lost is None:
            continue
        text = f"{lost:.1f} % of the {what} is lost on the way to Zoom"
        got = beside[theirs][last] if theirs in beside.columns else None
        parts.append(text if got is None else f"{text}, {got:.1f} % on to the room")
    return f"{'; '.join(parts)}." if parts else "Sends nothing now."


def _rounded(values: pl.Series) -> list[float | None]:
    return values.cast(pl.Float64).fill_nan(None).round(2).to_list()
