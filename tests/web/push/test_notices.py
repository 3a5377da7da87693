"""What is due when, from a source alone."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backrow.simulate.plain import plain_world
from backrow.web.push.notices import Notice, notices_of
from tests.web.receiving import BEGIN, MINUTE, NOW, UUID, SmallWebinar, person


def found(
    source: SmallWebinar, begin: float = NOW, *, delay_s: float = 0.0
) -> list[Notice]:
    return list(notices_of(source, begin=begin, delay_s=delay_s))


def test_notices_are_in_the_order_of_time() -> None:
    at = [one.at for one in notices_of(plain_world(NOW), begin=NOW)]
    assert len(at) > 10_000
    assert at == sorted(at)


def test_everybody_has_a_notice_for_each_minute_they_were_there() -> None:
    minutes = Counter(
        one.participant for one in found(SmallWebinar()) if one.what == "qos"
    )
    assert minutes == {"pia": 5, "ann": 2, "tel": 5}


def test_minute_is_due_in_the_minute_after_it_is_published() -> None:
    for one in found(SmallWebinar(), delay_s=20.0):
        if one.what == "qos":
            assert 80 <= one.at - one.minute < 140


def test_stay_begins_with_data_and_ends_with_summaries() -> None:
    of_ann = [one for one in found(SmallWebinar()) if one.participant == "ann"]
    assert [one.what for one in of_ann] == [
        "data",
        "qos",
        "qos",
        "qos_summary",
        "data_summary",
    ]
    assert 0 < of_ann[0].at - (BEGIN + MINUTE).timestamp() < 3
    assert of_ann[-1].at > (BEGIN + 3 * MINUTE).timestamp()


def test_only_what_is_due_after_the_beginning_comes() -> None:
    everything = found(SmallWebinar())
    begin = (BEGIN + 3.5 * MINUTE).timestamp()
    assert found(SmallWebinar(), begin) == [n for n in everything if n.at > begin]


def test_kinds_can_be_chosen() -> None:
    chosen = notices_of(SmallWebinar(), begin=NOW, kinds=("data", "qos_summary"))
    assert {one.what for one in chosen} == {"data", "qos_summary"}


def test_people_of_a_session_to_come_are_not_asked_for_yet() -> None:
    source = SmallWebinar()
    first = source.sessions()[0]
    later = replace(first, uuid="later==", start_at=BEGIN + timedelta(hours=1))
    later = replace(later, end_at=BEGIN + timedelta(hours=2))
    source.add(later)
    coming = notices_of(source, begin=NOW)
    for _ in range(5):
        assert next(coming).session == UUID
    assert source.asked == {UUID: 1}
    assert len(list(coming)) > 0
    assert source.asked == {UUID: 1, "later==": 1}


def test_session_that_is_over_has_none() -> None:
    assert found(SmallWebinar(), NOW + 3600) == []


def test_rejoin_without_a_minute_between_is_two_stays() -> None:
    people = [person("a", leaves=2), person("b", joins=2)]
    minutes = [n for n in found(SmallWebinar(people)) if n.what == "qos"]
    at = {(n.participant, n.minute) for n in minutes}
    assert len(at) == len(minutes) == 5


def test_nobody_came_is_no_notice() -> None:
    never = person("never", joins=2, leaves=2)
    assert found(SmallWebinar([never])) == []


@pytest.mark.parametrize("begin", [datetime(2026, 11, 23, 10, 30, tzinfo=UTC)])
def test_beginning_in_the_middle_is_the_same_as_waiting_until_then(
    begin: datetime,
) -> None:
    at = begin.timestamp()
    late = list(notices_of(plain_world(NOW), begin=at))
    whole = [n for n in notices_of(plain_world(NOW), begin=NOW) if n.at > at]
    assert late == whole
