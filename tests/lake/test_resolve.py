"""Minutes from samples: origins, revisions, legs and reasons."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings, strategies as st

from backrow.lake.resolve import ORIGINS, PICKS, by_leg, resolve, without_repeats
from backrow.lake.tables import TABLES, schema_of
from backrow.qos.reading import minutes_of
from backrow.qos.sample import merged
from backrow.qos.vocabulary import LEGS
from tests.build import row
from tests.lake.world import ANN, START, hour, minute, samples

LATENCY = "audio_received_latency_ms"
JITTER = "audio_received_jitter_ms"
CPU = "zoom_avg_cpu_pct"


def only(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return the one minute that these rows make."""
    (found,) = resolve(samples(*rows), final=True).to_dicts()
    return found


def later(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def test_minutes_have_their_table_s_columns() -> None:
    found = resolve(hour(ANN), final=False)
    assert found.schema == schema_of(TABLES["minutes"])
    assert found["final"].to_list() == [False] * 3
    assert resolve(hour(), final=True).schema == found.schema


def test_past_answer_is_believed_before_the_live_one() -> None:
    found = only(
        {"origin": "rest_past", LATENCY: 1.0, "collected_at": later(0)},
        {"origin": "rest_live", LATENCY: 2.0, JITTER: 3.0, "collected_at": later(9)},
    )
    assert (found[LATENCY], found[JITTER], found["origin"]) == (1.0, 3.0, "rest_past")


def test_newest_value_that_is_not_null_wins() -> None:
    found = only(
        {"origin": "rest_live", LATENCY: 1.0, JITTER: 1.0, "collected_at": later(1)},
        {"origin": "rest_live", LATENCY: 2.0, "collected_at": later(2)},
    )
    assert (found[LATENCY], found[JITTER]) == (2.0, 1.0)
    assert found["collected_at"] == later(2)


def test_event_that_was_overtaken_does_not_win() -> None:
    sooner = {"origin": "qss", LATENCY: 1.0, "sampled_at": later(5)}
    newest = {"origin": "qss", LATENCY: 2.0, "sampled_at": later(50)}
    found = only(
        {**newest, "collected_at": later(60)}, {**sooner, "collected_at": later(99)}
    )
    assert (found[LATENCY], found["sampled_at"]) == (2.0, later(50))


def test_leg_with_streams_is_chosen_and_named() -> None:
    found = only({"leg": "client", CPU: 9.0}, {"leg": "crc", LATENCY: 5.0})
    assert (found["leg"], found[LATENCY], found[CPU]) == ("crc", 5.0, 9.0)


def test_every_leg_stands_in_a_row_of_its_own() -> None:
    first, second = by_leg(
        samples(
            {"leg": "rwg", JITTER: 2.0},
            {"leg": "client", LATENCY: 1.0, "origin": "rest_past"},
            {"leg": "client", LATENCY: 7.0, JITTER: 3.0, "origin": "rest_live"},
        )
    ).to_dicts()
    assert (first["leg"], first[LATENCY], first[JITTER]) == ("client", 1.0, 3.0)
    assert (second["leg"], second[LATENCY], second[JITTER]) == ("rwg", None, 2.0)


def test_streams_of_two_legs_are_not_mixed() -> None:
    found = only({"leg": "client", LATENCY: 1.0}, {"leg": "rwg", JITTER: 2.0})
    assert (found["leg"], found[LATENCY], found[JITTER]) == ("client", 1.0, None)


def test_least_biased_reason_is_kept() -> None:
    found = only(
        {"origin": "rest_past", "picked": "targeted", LATENCY: 1.0},
        {"origin": "rest_live", "picked": "random", LATENCY: 1.0},
    )
    assert found["picked"] == "random"


def test_minutes_are_sorted_by_their_key() -> None:
    found = resolve(hour("b", "a").reverse(), final=True)
    assert found["participant"].to_list() == ["a"] * 3 + ["b"] * 3
    assert found["minute"].to_list() == [minute(0), minute(1), minute(2)] * 2


VALUES = st.none() | st.integers(0, 3).map(float)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "participant": st.sampled_from(["1", "2"]),
            "minute": st.integers(0, 1).map(minute),
            "leg": st.sampled_from(LEGS),
            "origin": st.sampled_from(ORIGINS),
            "picked": st.sampled_from(PICKS),
            LATENCY: VALUES,
            JITTER: VALUES,
            CPU: VALUES,
        }
    ),
    max_size=12,
)


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "collected_at": later(i)} for i, one in enumerate(rows)]


def said_plainly(rows: list[dict[str, Any]]) -> dict[tuple[str, datetime], Any]:
    """Return leg, values and reason of each minute, the slow and plain way."""
    found: dict[tuple[str, datetime], Any] = {}
    for key in {(one["participant"], one["minute"]) for one in rows}:
        mine = [one for one in rows if (one["participant"], one["minute"]) == key]
        by_leg = {
            leg: {name: best(mine, leg, name) for name in (LATENCY, JITTER, CPU)}
            for leg in LEGS
            if any(one["leg"] == leg for one in mine)
        }
        heard = [
            n
            for n, v in by_leg.items()
            if v[LATENCY] or v[JITTER] or 0.0 in (v[LATENCY], v[JITTER])
        ]
        leg = heard[0] if heard else next(iter(by_leg))
        others = [by_leg[leg][CPU], *(values[CPU] for values in by_leg.values())]
        cpu = next((value for value in others if value is not None), None)
        picked = min((one["picked"] for one in mine), key=PICKS.index)
        found[key] = (leg, by_leg[leg][LATENCY], by_leg[leg][JITTER], cpu, picked)
    return found


def best(rows: list[dict[str, Any]], leg: str, name: str) -> float | None:
    for origin in ORIGINS:
        for one in reversed(rows):
            if (one["leg"], one["origin"]) == (leg, origin) and one[name] is not None:
                return float(one[name])
    return None


@settings(max_examples=30)
@given(ROWS, st.randoms(use_true_random=False))
def test_any_rows_in_any_order_resolve_by_the_rules(rows: Any, random: Any) -> None:
    rows = numbered(rows)
    expected = said_plainly(rows)
    random.shuffle(rows)
    found = resolve(samples(*rows), final=True)
    columns = ("leg", LATENCY, JITTER, CPU, "picked")
    assert {
        (one["participant"], one["minute"]): tuple(one[name] for name in columns)
        for one in found.to_dicts()
    } == expected


@settings(max_examples=30)
@given(ROWS)
def test_repeats_tell_nothing(rows: Any) -> None:
    known = samples(*numbered([*rows, *rows, *rows]))
    fewer = without_repeats(known)
    when = ["collected_at"]
    same = resolve(fewer, final=True).drop(when)
    assert same.equals(resolve(known, final=True).drop(when))


def test_repeat_is_dropped_and_a_change_back_is_kept() -> None:
    values = (1.0, 1.0, 2.0, 1.0)
    rows = [{LATENCY: v, "collected_at": later(i)} for i, v in enumerate(values)]
    assert without_repeats(samples(*rows))[LATENCY].to_list() == [1.0, 2.0, 1.0]


def test_minutes_agree_with_those_of_one_answer() -> None:
    rows = [
        row(leg="client", zoom_avg_cpu_pct=7.0),
        row(leg="crc", audio_sent_latency_ms=3.0, video_sent_width_px=640),
    ]
    (read,) = minutes_of(merged(rows))
    (kept,) = resolve(
        pl.DataFrame(
            rows, schema=[*hour().columns[:-1]], orient="row", infer_schema_length=None
        ),
        final=True,
    ).to_dicts()
    assert (kept["leg"], kept[CPU]) == (read.leg, read.zoom_avg_cpu_pct)
    assert kept["audio_sent_latency_ms"] == read.audio.sent.latency_ms
