"""Minutes from samples: one row a participant and minute, whatever the source said.

Three questions, in this order.

1. *Which value?* Rows of one participant, minute and leg are laid over each other,
   column by column. The best origin that has a value wins: `rest_past` (Zoom's last
   word), then `import`, `qss`, and `rest_live`. Within an origin the newest wins,
   because Zoom splits a minute over records and revises minutes that are not over:
   newest by Zoom's own instant, then by when it came (events overtake each other).
2. *Which leg?* The first of client, crc and rwg whose row has a stream with a value,
   the same that `backrow.qos.reading` takes. Streams come from that leg alone; what
   is about the machine (CPU, Wi-Fi, Zoom's own judgement) comes from it too, or
   else from another leg.
3. *Why do we have it?* The least biased reason of all its rows: census, random,
   pushed, targeted.

Pure: frames in, frames out, in any order of rows.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from backrow.lake.tables import TABLES, schema_of
from backrow.qos.sample import NAMES
from backrow.qos.vocabulary import LEGS, METRICS

ORIGINS: Final = ("rest_past", "import", "qss", "rest_live")
"""From the one that is believed first to the last."""
PICKS: Final = ("census", "random", "pushed", "targeted")
"""From the least biased reason for asking to the most."""
KEY: Final = ("session_uuid", "participant", "minute")
_STREAMS: Final = tuple(m.name for m in METRICS if m.per_leg)
_MACHINE: Final = tuple(m.name for m in METRICS if not m.per_leg)
BY_LEG: Final = (*KEY, "sampled_at", "leg", *_STREAMS, *_MACHINE)
"""Columns of `by_leg`."""
_FACTS: Final = ("account", "kind", "session_number", "sampled_at", "origin")
_LATEST: Final = "collected_at"
_AGE: Final = ("sampled_at", "collected_at")


def resolve(samples: pl.DataFrame, *, final: bool) -> pl.DataFrame:
    """Return the minutes that `samples` tell of, sorted by their key.

    Args:
        samples: Rows of the samples table, of any sessions, in any order.
        final: Whether the session is complete.

    Returns:
        All columns of the minutes table; what diagnosis fills, and `changed_at`,
        is null.
    """
    minutes = _on_one_leg(_laid_over(_ranked(samples)))
    have = {*minutes.columns, "picked", "final"}
    return minutes.with_columns(
        pl.col("_picked")
        .replace_strict(dict(enumerate(PICKS)), default=None, return_dtype=pl.String)
        .alias("picked"),
        final=pl.lit(final),
    ).select(
        pl.col(name) if name in have else pl.lit(None, kind).alias(name)
        for name, kind in schema_of(TABLES["minutes"]).items()
    )


def by_leg(samples: pl.DataFrame) -> pl.DataFrame:
    """Return one row a participant, minute and leg: the first step of `resolve` alone.

    Args:
        samples: As for `resolve`.

    Returns:
        The columns `BY_LEG`, sorted by session, participant and minute.
    """
    return _laid_over(_ranked(samples)).select(BY_LEG)


def without_repeats(samples: pl.DataFrame) -> pl.DataFrame:
    """Return `samples`, sorted, without rows that say what the one before said.

    The rows of one key and origin are taken in the order of age; one that differs
    from its predecessor only in when it came tells `resolve` nothing.
    """
    order = TABLES["samples"].order
    ordered = samples.sort(order)
    told = [name for name in NAMES if name != _LATEST]
    repeats = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(name).shift(1)) for name in told
    )
    first = pl.int_range(pl.len()) == 0
    return ordered.filter(first | ~repeats)


def _ranked(samples: pl.DataFrame) -> pl.DataFrame:
    return samples.select(NAMES).with_columns(
        _rank("leg", LEGS), _rank("origin", ORIGINS), _rank("picked", PICKS)
    )


def _rank(column: str, order: tuple[str, ...]) -> pl.Expr:
    ranks = {word: rank for rank, word in enumerate(order)}
    return (
        pl.col(column)
        .replace_strict(ranks, default=len(order), return_dtype=pl.Int8)
        .alias(f"_{column}")
    )


def _laid_over(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return one row a participant, minute and leg."""
    by = (*KEY, "leg")
    ordered = ranked.sort(
        *by,
        *("_origin", *_AGE),
        descending=[False] * len(by) + [True, False, False],
        nulls_last=False,
    )
    last = [pl.col(name).drop_nulls().last() for name in (*_STREAMS, *_MACHINE)]
    facts = [pl.col(name).last() for name in _FACTS if name != "account"]
    named = pl.col("account").filter(pl.col("account") != "").last().fill_null("")
    return _folded(
        ordered,
        by=by,
        fold=[
            named,
            *facts,
            *last,
            pl.col(_LATEST).max(),
            pl.col("_leg").first(),
            pl.col("_picked").min(),
        ],
    )


def _on_one_leg(by_leg: pl.DataFrame) -> pl.DataFrame:
    """Return one row a participant and minute."""
    silent = pl.all_horizontal(pl.col(name).is_null() for name in _STREAMS)
    ordered = by_leg.with_columns(_silent=silent).sort(*KEY, "_silent", "_leg")
    return _folded(
        ordered,
        by=KEY,
        fold=[
            *(pl.col(name).first() for name in ("leg", *_FACTS, *_STREAMS)),
            *(_of_machine(name) for name in _MACHINE),
            pl.col(_LATEST).max(),
            pl.col("_picked").min(),
        ],
    )


def _of_machine(name: str) -> pl.Expr:
    """Return the chosen leg's value, which is first, or else the first leg's."""
    by_leg = pl.col(name).sort_by("_leg").drop_nulls()
    return pl.coalesce(pl.col(name).first(), by_leg.first()).alias(name)


def _folded(
    ordered: pl.DataFrame, *, by: tuple[str, ...], fold: list[pl.Expr]
) -> pl.DataFrame:
    """Return one row a group of neighbours; groups of one are left as they are.

    Most are, and numbering neighbours is far cheaper than grouping by three texts.
    """
    begins = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift(1)) for name in by
    )
    first = pl.int_range(pl.len()) == 0
    numbered = ordered.with_columns(_group=(first | begins).cum_sum())
    if numbered.is_empty() or numbered["_group"][-1] == numbered.height:
        return numbered.drop("_group")
    counted = numbered.with_columns(_rows=pl.len().over("_group"))
    alone = counted.filter(pl.col("_rows") == 1).drop("_rows")
    folded = (
        counted.filter(pl.col("_rows") > 1)
        .group_by("_group", maintain_order=True)
        .agg(*(pl.col(name).first() for name in by), *fold)
    )
    names = folded.columns
    return pl.concat([alone.select(names), folded]).sort("_group").drop("_group")
