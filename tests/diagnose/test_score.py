"""Minutes get the scores that the reference functions and the table give."""

import itertools
import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from polars.testing import assert_frame_equal

from backrow.diagnose.model.audio import AudioMinute
from backrow.diagnose.score import scored, scored_sent
from backrow.diagnose.thresholds import ScoreLimits, Thresholds
from tests.diagnose.minutes import FINE, STAGE, at, frame, one_minute, people, room

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data/emodel_vectors.json").read_text("utf-8")
)
LOSS = st.floats(0, 100)
JITTER = st.floats(0, 500)
LATENCY = st.floats(0, 2000)
KBPS = st.one_of(st.none(), st.floats(0, 80))


def score(minutes: pl.DataFrame, **options: Any) -> dict[str, Any]:
    """Return the score columns of the first participant's minute."""
    return (
        scored(minutes.lazy(), **options)
        .collect()
        .sort("participant")
        .row(0, named=True)
    )


def audio(**values: float | None) -> dict[str, float | None]:
    return {f"audio_received_{name}": value for name, value in values.items()}


@pytest.mark.parametrize("row", VECTORS["opus_minutes"]["rows"])
def test_audio_minute_has_the_published_parts(row: list[float]) -> None:
    talks, latency, jitter, avg, worst, source = row[:6]
    buffer_ms, one_way_ms, missing_pct, ie_eff, impaired, r, mos = row[6:]
    minute = AudioMinute(
        avg_loss_pct=avg,
        max_loss_pct=worst,
        jitter_ms=jitter,
        latency_ms=latency,
        source_latency_ms=source,
        talks=bool(talks),
    )
    assert minute.buffer_ms == buffer_ms
    assert minute.one_way_ms == one_way_ms
    assert minute.missing_pct(avg) == pytest.approx(missing_pct, abs=6e-4)
    assert minute.ie_eff == pytest.approx(ie_eff, abs=6e-3)
    assert minute.delay_impairment == pytest.approx(impaired, abs=6e-3)
    assert (minute.r, minute.mos) == (
        pytest.approx(r, abs=6e-3),
        pytest.approx(mos, abs=6e-4),
    )


@pytest.mark.parametrize(("loss_pct", "mos"), VECTORS["opus_by_loss"])
def test_loss_lowers_audio_along_the_published_curve(
    loss_pct: float, mos: float
) -> None:
    assert AudioMinute(avg_loss_pct=loss_pct).mos == pytest.approx(mos, abs=6e-3)


minutes_of_audio = st.lists(
    st.fixed_dictionaries(
        {
            "avg_loss_pct": LOSS,
            "max_loss_pct": st.one_of(st.none(), LOSS),
            "jitter_ms": st.one_of(st.none(), JITTER),
            "latency_ms": st.one_of(st.none(), LATENCY),
            "bitrate_kbps": st.one_of(st.none(), st.floats(0.1, 80)),
        }
    ),
    min_size=20,
    max_size=20,
)


@settings(max_examples=10)
@given(minutes_of_audio)
def test_frames_are_scored_as_single_minutes_are(
    values: list[dict[str, float]],
) -> None:
    roles = ["panelist" if i % 2 else "attendee" for i in range(len(values))]
    rows = [
        {"participant": f"{i:02}", **audio(**value)} for i, value in enumerate(values)
    ]
    who = people(20).with_columns(
        participant=pl.Series([f"{i:02}" for i in range(20)]), role=pl.Series(roles)
    )
    found = (
        scored(frame(rows), who).collect().sort("participant")["audio_mos"].to_list()
    )
    expected = [
        AudioMinute(**value, talks=i % 2 == 1).mos for i, value in enumerate(values)
    ]
    assert found == pytest.approx(expected, abs=1e-9)


def mos_over(
    name: str, values: list[float], rest: dict[str, float | None]
) -> list[float]:
    """Return the MOS of a presenter's minutes as one metric rises."""
    rows = [
        {"participant": f"{i:03}", **audio(**{**rest, name: value})}
        for i, value in enumerate(sorted(values))
    ]
    who = pl.DataFrame({"participant": [f"{i:03}" for i in range(len(rows))]})
    who = who.with_columns(role=pl.lit("host"))
    return scored(frame(rows), who).collect().sort("participant")["audio_mos"].to_list()


@settings(max_examples=15)
@given(
    name=st.sampled_from(["avg_loss_pct", "jitter_ms", "latency_ms"]),
    values=st.lists(st.floats(0, 100), min_size=8, max_size=8),
    loss=LOSS,
    worst=LOSS,
    jitter=JITTER,
    kbps=st.one_of(st.none(), st.floats(0.1, 80)),
)
def test_audio_never_rises_with_loss_jitter_or_latency(
    name: str,
    values: list[float],
    loss: float,
    worst: float,
    jitter: float,
    kbps: float | None,
) -> None:
    rest = {
        "avg_loss_pct": loss,
        "max_loss_pct": worst,
        "jitter_ms": jitter,
        "latency_ms": 100.0,
        "bitrate_kbps": kbps,
    }
    found = mos_over(name, values, rest)
    assert all(late <= early + 1e-9 for early, late in itertools.pairwise(found))
    assert all(1.0 <= mos <= 4.5 for mos in found)


def picture(medium: str = "video", **values: Any) -> dict[str, Any]:
    return {f"{medium}_received_{name}": value for name, value in values.items()}


SIZE_720 = {"width_px": 1280, "height_px": 720}
SIZE_360 = {"width_px": 640, "height_px": 360}


@pytest.mark.parametrize(
    ("values", "expected", "due_to"),
    [
        ({**SIZE_360, "frame_rate_fps": 25, "bitrate_kbps": 600}, 3.5, "height_px"),
        (
            {**SIZE_720, "frame_rate_fps": 6, "bitrate_kbps": 300},
            2.75,
            "frame_rate_fps",
        ),
        (
            {
                **SIZE_720,
                "frame_rate_fps": 25,
                "bitrate_kbps": 1200,
                "avg_loss_pct": 8.0,
            },
            3.04,
            "avg_loss_pct",
        ),
        ({"bitrate_kbps": 180.0}, 3.0, "bitrate_kbps"),
        ({**SIZE_720, "frame_rate_fps": 24, "jitter_ms": 150.0}, 2.5, "jitter_ms"),
    ],
)
def test_video_is_limited_by_its_worst_factor(
    values: dict[str, Any], expected: float, due_to: str
) -> None:
    found = score(one_minute(**picture(**{"avg_loss_pct": 0.0, **values})))
    assert found["video_score"] == pytest.approx(expected, abs=6e-3)
    assert found["video_due_to"] == f"video_received_{due_to}"


def test_too_few_bits_for_the_size_count_against_it() -> None:
    rich = one_minute(**picture(**SIZE_720, frame_rate_fps=25, bitrate_kbps=1200))
    poor = one_minute(**picture(**SIZE_720, frame_rate_fps=25, bitrate_kbps=230))
    assert score(rich)["video_score"] - score(poor)["video_score"] > 0.9


def screen(fps: float, kbps: float) -> dict[str, Any]:
    values = {"width_px": 1920, "height_px": 1080, "avg_loss_pct": 0.0}
    return picture("share", **values, frame_rate_fps=fps, bitrate_kbps=kbps)


def test_slow_screen_that_moves_is_judged() -> None:
    found = score(one_minute(**screen(1, 200)))
    assert (found["share_score"], found["share_still"]) == (2.5, False)


def test_still_slide_is_not_judged_by_its_frames() -> None:
    by_bits = score(one_minute(**screen(0, 4)))
    sender = {"participant": "9", "share_sent_frame_rate_fps": 1.0}
    by_source = score(frame([screen(1, 200), sender]))
    assert by_bits["share_still"] is by_source["share_still"] is True
    assert by_bits["share_score"] == by_source["share_score"] == pytest.approx(4.4)


def test_thumbnail_beside_a_screen_is_not_judged_by_its_height() -> None:
    small = picture(
        width_px=320, height_px=180, frame_rate_fps=15, bitrate_kbps=100, avg_loss_pct=0
    )
    assert score(one_minute(**small))["video_score"] == pytest.approx(2.4)
    beside = score(one_minute(**small, **screen(1, 10)))
    assert beside["video_score"] == pytest.approx(3.9)


def test_receiver_who_gets_all_that_is_sent_is_not_to_blame() -> None:
    slow = {"participant": "9", **STAGE, "video_sent_frame_rate_fps": 8.0}
    gets = {**FINE, "video_received_frame_rate_fps": 8.0}
    found = score(frame([gets, slow]), people=None)
    assert found["video_score"] < 3.2
    assert found["source_limited"] is True
    assert found["video_deficit"] == 0


def test_receiver_who_gets_less_than_is_sent_has_a_deficit() -> None:
    gets = {**FINE, "video_received_frame_rate_fps": 12.0}
    found = score(frame([gets, {"participant": "9", **STAGE}]))
    assert found["source_limited"] is False
    assert found["video_deficit"] == pytest.approx(0.5)


@settings(max_examples=15)
@given(
    name=st.sampled_from(["avg_loss_pct", "jitter_ms"]),
    medium=st.sampled_from(["video", "share"]),
    values=st.lists(st.floats(0, 100), min_size=6, max_size=6),
    fps=st.floats(0.5, 60),
)
def test_pictures_never_rise_with_loss_or_jitter(
    name: str, medium: str, values: list[float], fps: float
) -> None:
    rows = [
        {
            "participant": str(i),
            **picture(medium, **SIZE_720, frame_rate_fps=fps, bitrate_kbps=300.0),
            f"{medium}_received_{name}": value,
        }
        for i, value in enumerate(sorted(values))
    ]
    found = (
        scored(frame(rows)).collect().sort("participant")[f"{medium}_score"].to_list()
    )
    assert all(late <= early + 1e-9 for early, late in itertools.pairwise(found))
    assert all(1.0 <= one <= 4.5 for one in found)


@pytest.mark.parametrize(
    "values",
    [
        {},
        audio(bitrate_kbps=0.0, avg_loss_pct=0.0, max_loss_pct=0.0),
        audio(latency_ms=30.0),
        picture(bitrate_kbps=0.0, frame_rate_fps=0.0, avg_loss_pct=0.0),
        picture("share", bitrate_kbps=0.0, avg_loss_pct=0.0),
    ],
)
def test_stream_that_is_off_or_missing_has_no_score(values: dict[str, Any]) -> None:
    found = score(one_minute(**values))
    names = ("audio_mos", "video_score", "share_score", "score", "worst_medium", "bad")
    assert {found[name] for name in names} == {None}


def test_stream_that_loses_everything_is_not_off() -> None:
    assert (
        score(one_minute(**audio(bitrate_kbps=0.0, avg_loss_pct=100.0)))["score"] < 1.3
    )


def test_worst_medium_decides() -> None:
    found = score(one_minute(**FINE, **screen(1, 200)))
    assert (found["score"], found["worst_medium"]) == (2.5, "share")
    blend = 0.5 * found["audio_mos"] + 0.3 * 2.5 + 0.2 * found["video_score"]
    assert found["blended_score"] == pytest.approx(blend)


def test_critical_metric_alone_makes_a_minute_bad() -> None:
    found = score(one_minute(**{**FINE, "video_received_avg_loss_pct": 6.0}))
    assert found["score"] > 3
    assert found["bad"] is True


def test_dropout_is_flagged_beside_a_good_score() -> None:
    values = audio(avg_loss_pct=1.0, max_loss_pct=20.0, jitter_ms=5.0)
    found = score(one_minute(**values))
    assert found["dropout"] is True
    assert found["audio_mos"] > 4


def test_delay_disturbs_those_who_talk_only() -> None:
    values = audio(avg_loss_pct=0.0, latency_ms=800.0)
    listener = score(one_minute(**values))["audio_mos"]
    meeting = one_minute(**values).with_columns(kind=pl.lit("meeting"))
    assert score(meeting)["audio_mos"] < listener - 1
    assert score(meeting)["audio_due_to"] == "audio_received_latency_ms"


def test_latency_can_be_taken_as_one_way() -> None:
    limits = Thresholds(score=ScoreLimits(latency_is_round_trip=False))
    values = audio(avg_loss_pct=0.0, latency_ms=300.0)
    meeting = one_minute(**values).with_columns(kind=pl.lit("meeting"))
    one_way = score(meeting, thresholds=limits)["audio_mos"]
    assert one_way < score(meeting)["audio_mos"]


def test_sent_audio_is_scored_for_those_who_send() -> None:
    damaged = {**STAGE, "audio_sent_avg_loss_pct": 15.0}
    minutes = frame([damaged, {"participant": "2", **FINE}])
    sent = scored_sent(minutes.lazy()).collect()
    assert sent["participant"].to_list() == ["1"]
    assert sent["audio_sent_mos"][0] < 2.5 < score(minutes)["audio_mos"]


def test_silence_tells_nothing_about_the_codec() -> None:
    silent = score(
        one_minute(**audio(bitrate_kbps=2.0, avg_loss_pct=0.0, jitter_ms=2.0))
    )
    assert silent["audio_mos"] == pytest.approx(4.304, abs=1e-3)


def test_missing_columns_are_taken_as_not_measured() -> None:
    few = one_minute(**FINE).select(
        "session_uuid", "participant", "minute", "audio_received_avg_loss_pct"
    )
    found = score(few)
    assert found["audio_mos"] == pytest.approx(4.28, abs=0.02)
    assert found["video_score"] is None


def test_another_engine_gives_the_same() -> None:
    minutes = pl.concat(
        room(
            12,
            3,
            lambda person, minute: (
                {**STAGE, **screen(minute, 40.0 * minute)}
                if person == 0
                else {
                    **screen(minute, 30.0 * minute),
                    "audio_received_avg_loss_pct": person / 2,
                    "video_received_frame_rate_fps": 24.0 - person,
                }
            ),
        )
    )
    who = people(12)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    relation = scored(
        connection.from_arrow(minutes.to_arrow()), connection.from_arrow(who.to_arrow())
    )
    order = ["participant", "minute"]
    here = scored(minutes.lazy(), who.lazy()).collect().sort(order)
    assert_frame_equal(
        here.drop("minute"),
        relation.pl().sort(order).select(here.columns).drop("minute"),
        check_dtypes=False,
    )
    assert here["minute"].max() == at(2)
