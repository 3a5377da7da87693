"""No minute of any world holds a value that cannot be."""

from typing import Any, get_args

import numpy as np
from hypothesis import given, settings, strategies as st

from backrow.qos.vocabulary import DIRECTIONS, MEDIA, METRICS
from backrow.simulate.block import AT, MISSING, floats_of
from backrow.simulate.cast.people import ATTENDEE
from backrow.simulate.scenario import Segment
from backrow.simulate.scenario.schema import FaultKind, Noise, PeopleMix
from backrow.simulate.streams.ladder import HEIGHT_PX
from tests.simulate.worlds import blocks, fault, world

WORLDS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**40),
        "kind": st.sampled_from(["webinar", "meeting"]),
        "length_min": st.just(8),
        "attendees": st.integers(0, 40),
        "noise": st.builds(
            Noise, degraded=st.floats(0, 20), presenters=st.floats(0, 20)
        ),
        "people": st.builds(PeopleMix, weak_machines=st.floats(0, 1)),
        "faults": st.lists(
            st.builds(
                fault,
                st.sampled_from(get_args(FaultKind)),
                at_min=st.floats(0, 7),
                length_min=st.floats(0, 9),
                severity=st.floats(0, 20),
                share=st.none() | st.floats(0, 1),
            ),
            max_size=4,
        ).map(tuple),
    }
)


@settings(max_examples=12)
@given(WORLDS)
def test_no_value_is_negative_or_impossible(changes: dict[str, Any]) -> None:
    played = blocks(world(**changes))
    flat = played.reshape(-1, played.shape[2])
    for metric in METRICS:
        values = floats_of(flat, metric.name)
        values = values[~np.isnan(values)]
        if metric.unit not in {"text", "level"} and len(values):
            assert values.min() >= metric.minimum, metric.name
            assert values.max() <= metric.maximum, metric.name
    for medium in MEDIA:
        for direction in DIRECTIONS:
            _check_stream(flat, f"{medium}_{direction}", pictures=medium != "audio")


def _check_stream(flat: np.ndarray[Any, Any], stream: str, *, pictures: bool) -> None:
    there = flat[:, AT[f"{stream}_bitrate_kbps"]] != MISSING
    names = ["latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct"]
    if pictures:
        names += ["width_px", "height_px", "frame_rate_fps"]
    for name in names:  # a stream has all of its values or none
        np.testing.assert_array_equal(there, flat[:, AT[f"{stream}_{name}"]] != MISSING)
    kept = flat[there]
    assert (
        kept[:, AT[f"{stream}_max_loss_pct"]] >= kept[:, AT[f"{stream}_avg_loss_pct"]]
    ).all()
    if pictures:
        assert (kept[:, AT[f"{stream}_frame_rate_fps"]] <= 30).all()
        assert (kept[:, AT[f"{stream}_height_px"]] >= 90).all()
    if stream.startswith("video"):
        assert set(kept[:, AT[f"{stream}_height_px"]].tolist()) <= set(
            HEIGHT_PX.tolist()
        )
        assert (kept[:, AT[f"{stream}_frame_rate_fps"]] >= 1).all()


def test_attendees_of_a_webinar_send_no_pictures_and_nearly_no_sound() -> None:
    w = world()
    play = w.play(w.sessions()[0].uuid)
    listens = ~play.habits.presents
    for block in play.play():
        assert (block[listens, AT["video_sent_bitrate_kbps"]] == MISSING).all()
        assert (block[listens, AT["share_sent_bitrate_kbps"]] == MISSING).all()
        assert (block[listens, AT["audio_sent_bitrate_kbps"]] == MISSING).all()


def test_an_attendee_who_has_the_word_is_heard_but_not_seen() -> None:
    w = world(programme=(Segment(at_min=0, speaker="attendee 3"),), attendees=20)
    columns, play = w.minute(10), w.play(w.sessions()[0].uuid)
    role = play.people.role[play.stays.person[columns["stay"]]]
    asks = (role == ATTENDEE) & ~np.isnan(columns["audio_sent_bitrate_kbps"])
    assert asks.sum() == 1
    assert columns["audio_sent_bitrate_kbps"][asks] > 25
    assert np.isnan(columns["video_sent_bitrate_kbps"][asks]).all()


def test_nobody_is_seen_while_the_camera_is_off() -> None:
    clip = Segment(at_min=0, speaker="panelist 1", share="clip", camera=False)
    columns = world(programme=(clip,), attendees=20).minute(5)
    assert np.isnan(columns["video_received_height_px"]).all()
    assert (columns["share_received_frame_rate_fps"] >= 15).any()
    alone = Segment(at_min=0, speaker="host", camera=False)
    columns = world(programme=(alone,), attendees=20, panelists=0).minute(5)
    assert np.isnan(columns["video_sent_height_px"]).all()


def test_nothing_is_degraded_when_noise_is_off() -> None:
    quiet = world(
        noise=Noise(degraded=0.0),
        people=PeopleMix(weak_machines=0.0, distant_data_center=0.0),
    )
    loss = np.concatenate([c["audio_received_avg_loss_pct"] for c in quiet.stream()])
    assert np.percentile(loss, 99) < 1.5


def test_pictures_of_receivers_are_no_better_than_what_is_sent() -> None:
    w = world()
    play = w.play(w.sessions()[0].uuid)
    for number, block in enumerate(play.play()):
        seen = play.stays_of[int(play.programme.seen[number])][0]
        sent = block[seen, AT["video_sent_height_px"]]
        got = block[~play.habits.presents, AT["video_received_height_px"]]
        if sent != MISSING:
            assert (got[got != MISSING] <= sent).all()
