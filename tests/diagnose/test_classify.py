"""Classes follow the preset, and Zoom's own judgement is only compared."""

from typing import Any

import polars as pl
import pytest

from backrow.diagnose.classify import Agreement, agreement, classified
from backrow.diagnose.presets import OWN, read_presets
from backrow.diagnose.score import scored
from backrow.errors import SettingsError
from tests.diagnose.minutes import FINE, LOSSY, at, frame, one_minute


def classes(
    minutes: pl.DataFrame, preset: str = "own", text: str = ""
) -> dict[str, Any]:
    plan = classified(scored(minutes.lazy()), read_presets(text)[preset])
    return plan.collect().sort("participant").row(0, named=True)


def minute(**received: Any) -> pl.DataFrame:
    return one_minute(
        **{**FINE, **{k.replace("__", "_received_"): v for k, v in received.items()}}
    )


@pytest.mark.parametrize(
    ("loss_pct", "word"),
    [(0.5, "good"), (3.0, "fair"), (8.0, "poor"), (25.0, "bad")],
)
def test_own_classes_are_bands_of_the_score(loss_pct: float, word: str) -> None:
    found = classes(minute(audio__avg_loss_pct=loss_pct))
    assert found["audio_class"] == found["class"] == word
    due_to = None if word == "good" else "audio_received_avg_loss_pct"
    assert found["poor_due_to"] == due_to


def test_nothing_measured_is_unclassified() -> None:
    found = classes(one_minute())
    assert found["class"] == found["audio_class"] == "unclassified"
    assert found["poor_due_to"] is None


def test_worst_medium_gives_class_and_blame() -> None:
    found = classes(minute(video__frame_rate_fps=5.0))
    assert (found["audio_class"], found["class"]) == ("good", "poor")
    assert found["poor_due_to"] == "video_received_frame_rate_fps"


@pytest.mark.parametrize(
    ("received", "word"),
    [
        ({"audio__latency_ms": 501.0}, "poor"),
        ({"audio__jitter_ms": 31.0}, "poor"),
        ({"audio__avg_loss_pct": 9.0}, "good"),
        ({"video__frame_rate_fps": 6.0}, "poor"),
        ({"video__avg_loss_pct": 40.0}, "good"),
        ({"video__frame_rate_fps": None, "video__avg_loss_pct": 40.0}, "poor"),
    ],
)
def test_teams_rules_take_the_first_available_of_pictures(
    received: dict[str, Any], word: str
) -> None:
    assert classes(minute(**received), "teams")["class"] == word


def test_teams_does_not_judge_a_still_slide_by_its_frames() -> None:
    slide = {
        "share_received_frame_rate_fps": 0.0,
        "share_received_bitrate_kbps": 5.0,
        "share_received_height_px": 1080,
        "share_received_avg_loss_pct": 0.0,
    }
    assert classes(one_minute(**slide), "teams")["share_class"] == "good"


@pytest.mark.parametrize(
    ("latency_ms", "word"), [(150.0, "good"), (151.0, "fair"), (301.0, "poor")]
)
def test_zoom_recommended_values_are_traffic_lights(
    latency_ms: float, word: str
) -> None:
    found = classes(minute(audio__latency_ms=latency_ms), "zoom")
    assert found["audio_class"] == word


def test_user_can_change_a_preset_and_add_one() -> None:
    text = """
    [presets.own]
    scores = { good = 4.4, fair = 3.0, poor = 2.0 }
    [presets.radio.audio]
    jitter_ms = { bad = 3 }
    """
    assert classes(minute(), text=text)["audio_class"] == "fair"
    strict = classes(minute(), "radio", text)
    assert (strict["class"], strict["video_class"]) == ("bad", "unclassified")
    assert strict["poor_due_to"] == "audio_received_jitter_ms"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("presets.own = 3", "presets.own"),
        ("[presets.x.audio]\nnoise = {poor=1}", "presets.x.audio.noise"),
        ("[presets.x.audio]\njitter_ms = {awful=1}", "presets.x.audio.jitter_ms.awful"),
        ("[presets.x.audio]\njitter_ms = {poor='a'}", "presets.x.audio.jitter_ms.poor"),
        ("[presets.x.audio]\njitter_ms = 3", "presets.x.audio.jitter_ms"),
        ("[presets.x]\naudio = 3", "presets.x.audio"),
        ("[presets.x]\ncolour = 'red'", "presets.x.colour"),
        ("[presets.x]\ntitle = 'nothing'", "presets.x"),
        ("[presets", "TOML"),
    ],
)
def test_bad_preset_is_refused_with_its_path(text: str, path: str) -> None:
    with pytest.raises(SettingsError, match=path.replace(".", r"\.")):
        read_presets(text)


def test_agreement_counts_scores_and_words_apart() -> None:
    rows = [
        {"participant": "1", **FINE, "zoom_audio_score": 4.5},
        {"participant": "2", **FINE, **LOSSY, "zoom_audio_score": 4.5},
        {"participant": "3", **FINE},
    ]
    roster = pl.DataFrame(
        {
            "participant": ["1", "2", "3"],
            "minute": [at(0)] * 3,
            "audio_quality": ["fair", "poor", ""],
            "video_quality": ["", "", ""],
            "screen_share_quality": [None, None, None],
        },
        schema_overrides={"screen_share_quality": pl.String},
    )
    minutes = classified(scored(frame(rows)), OWN).collect()
    score, word = agreement(minutes, roster)
    assert score == Agreement(
        medium="audio",
        judged_by="score",
        compared=2,
        same=1,
        ours_worse=1,
        ours_better=0,
    )
    assert word == Agreement(
        medium="audio",
        judged_by="word",
        compared=2,
        same=1,
        ours_worse=0,
        ours_better=1,
    )
