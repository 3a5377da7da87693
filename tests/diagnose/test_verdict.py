"""Sentences are true in every tense, and there is advice for every cause."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from backrow.diagnose.causes.detect import cause_of
from backrow.diagnose.frames import ATTRIBUTES, CAUSES, Cause
from backrow.diagnose.verdict.advice import ADVICE, advice_for
from backrow.diagnose.verdict.finding import finding_id
from backrow.diagnose.verdict.wording import Facts, sentence_of, where
from tests.diagnose.minutes import START


def facts(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "cause": "shared_network",
        "scope": (("isp", "Alder"),),
        "media": "audio",
        "metric": "avg_loss_pct",
        "value": 7.9,
        "affected": 49,
        "measured": 64,
        "present": 64,
        "begin": START,
        "end": None,
    }
    return Facts(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            (
                "49 of 64 measured with the provider Alder hear gaps since 10:00: about 8 % "
                "of their audio is lost."
            ),
        ),
        (
            {"end": START + timedelta(minutes=9), "present": 80},
            (
                "49 of 64 measured with the provider Alder (80 there) heard gaps from 10:00 "
                "to 10:09: about 8 % of their audio was lost."
            ),
        ),
        (
            {
                "scope": (("version", "6.6"), ("os", "iOS")),
                "media": "video",
                "metric": "frame_rate_fps",
                "value": 11.0,
                "cause": "app_version",
            },
            (
                "49 of 64 measured on version 6.6 on iOS see a picture that halts since "
                "10:00: their picture has 11 frames a second."
            ),
        ),
        (
            {"cause": "unknown", "scope": (), "value": None},
            (
                "49 of 64 measured hear gaps since 10:00: scattered, nothing that they share "
                "explains it."
            ),
        ),
        (
            {"cause": "zoom_core", "scope": (), "affected": 1200, "measured": 2000},
            (
                "1,200 of 2,000 measured everywhere hear gaps since 10:00, about 8 % of their "
                "audio is lost: whatever their network, place or version, while the "
                "presenters' own streams are fine."
            ),
        ),
        (
            {
                "cause": "presenter_device",
                "scope": (("participant", "7"),),
                "media": "video",
                "metric": "system_max_cpu_pct",
                "name": "Ana",
            },
            (
                "Ana's machine is overloaded since 10:00: the picture reaches Zoom halting, "
                "for all 64 measured."
            ),
        ),
        (
            {
                "cause": "presenter_network",
                "scope": (("participant", "7"),),
                "end": START + timedelta(minutes=9),
            },
            (
                "participant 7's sound reached Zoom damaged from 10:00 to 10:09 (8 % of it "
                "was lost on the way), for all 64 measured, whatever their own line."
            ),
        ),
        (
            {"metric": "something", "value": None},
            "49 of 64 measured with the provider Alder have trouble since 10:00.",
        ),
    ],
)
def test_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert sentence_of(facts(**changes), UTC) == sentence


def test_every_attribute_has_words() -> None:
    for attribute in ATTRIBUTES:
        assert where(((attribute.name, "X"),)).endswith("X")
        assert where(((attribute.name, "X"),)) != "X"


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_advice_for_all(cause: Cause) -> None:
    for role in ("", "presenter", "attendee"):
        assert advice_for(cause, role=role, network="anything")


def test_advice_rows_can_all_be_reached() -> None:
    texts = {
        advice_for(row.cause, role=row.role, network=row.network) for row in ADVICE
    }
    assert texts == {row.text for row in ADVICE}


@pytest.mark.parametrize(
    ("scope", "cause"),
    [
        ({"site": "Lyon"}, "shared_network"),
        ({"location": "Lyon", "network_type": "Cellular"}, "place"),
        ({"location": "Lyon", "data_center": "Germany"}, "data_center"),
        ({"version": "6", "os": "iOS"}, "app_version"),
        ({"isp": "Alder", "location": "Lyon"}, "shared_network"),
        ({"network_type": "Wifi"}, "unknown"),
    ],
)
def test_scope_names_its_cause(scope: dict[str, str], cause: str) -> None:
    assert cause_of(tuple(scope.items())) == cause


def test_ids_differ_by_occurrence() -> None:
    scope = (("site", "Lyon"),)
    ids = {finding_id("s", "shared_network", scope, n) for n in range(3)}
    assert len(ids) == 3
    assert all(len(one) == 12 for one in ids)
