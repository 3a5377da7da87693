"""From a trouble to its finding: count, show, say, advise."""

from __future__ import annotations

from datetime import tzinfo

import numpy as np

from backrow.diagnose.causes.detect import Suspect
from backrow.diagnose.causes.slices import padded
from backrow.diagnose.causes.trouble import Trouble
from backrow.diagnose.room import Room, instant
from backrow.diagnose.verdict import evidence
from backrow.diagnose.verdict.advice import advice_for
from backrow.diagnose.verdict.finding import Finding, State
from backrow.diagnose.verdict.wording import Facts, sentence_of


def tell(
    room: Room, trouble: Trouble, *, state: State, minute: int, zone: tzinfo
) -> Finding:
    """Return the finding of a trouble as it stands.

    Args:
        room: Everybody's minutes.
        trouble: What was followed; its counts are up to date.
        state: What the finding is now.
        minute: The last minute judged.
        zone: The zone of times in the sentence.
    """
    suspect = trouble.suspect
    end = trouble.active + 1 if trouble.over else None
    shows = _shows(room, trouble, minute if end is None else end - 1)
    facts = _facts(room, trouble, shows, end)
    share = facts.affected / max(facts.measured, 1)
    affected = np.flatnonzero(trouble.affected)
    return Finding(
        id=trouble.id,
        state=state,
        cause=suspect.cause,
        scope=dict(suspect.scope),
        begin=facts.begin,
        end=facts.end,
        minutes=max(1, (minute + 1 if end is None else end) - trouble.begin),
        media=shows.media,
        metric=shows.metric,
        affected=facts.affected,
        measured=facts.measured,
        present=facts.present,
        share=share,
        lift=share / max(suspect.expected, 0.01),
        confidence=suspect.confidence,
        participants=tuple(room.participants[i] for i in affected),
        indistinguishable=tuple(dict(scope) for scope in suspect.ties),
        evidence=(
            evidence.of_share(facts.affected, facts.measured, suspect.expected),
            *shows.evidence,
        ),
        sentence=sentence_of(facts, zone),
        advice=advice_for(suspect.cause, network=_network(room, suspect)),
    )


def _facts(
    room: Room, trouble: Trouble, shows: evidence.Shows, end: int | None
) -> Facts:
    suspect = trouble.suspect
    measured = trouble.measured > 0
    there = trouble.there & padded(suspect.members, len(room), 0)
    return Facts(
        cause=suspect.cause,
        scope=suspect.scope,
        media=shows.media,
        metric=shows.metric,
        value=shows.value,
        affected=int(np.count_nonzero(trouble.affected)),
        measured=int(np.count_nonzero(measured)),
        present=int(np.count_nonzero(there | measured)),
        begin=instant(trouble.begin),
        end=None if end is None else instant(end),
        name=room.names[suspect.presenter.place] if suspect.presenter else "",
    )


def _shows(room: Room, trouble: Trouble, last: int) -> evidence.Shows:
    suspect = trouble.suspect
    if suspect.presenter is not None:
        audience = trouble.affected
        return evidence.of_presenter(room, last, suspect.presenter, audience)
    window = room.window(last)
    members = padded(suspect.members, len(room), 0)
    by_words = 0 if window is None else np.count_nonzero(window.by_words & members)
    return evidence.of_group(
        room,
        range(max(trouble.begin, last - 4), last + 1),
        affected=trouble.affected,
        members=members,
        pictures=suspect.symptom == "picture",
        by_words=int(by_words),
    )


def _network(room: Room, suspect: Suspect) -> str:
    """Return the row of the advice table: the scope's attribute, or the access."""
    if suspect.presenter is None:
        return suspect.scope[0][0] if suspect.scope else ""
    return room.text_of("network_type", suspect.presenter.place).lower()


def is_news(trouble: Trouble, told: Finding) -> bool:
    """Return whether a trouble changed enough to be told again."""
    suspect = trouble.suspect
    ties = tuple(dict(scope) for scope in suspect.ties)
    if (suspect.cause, dict(suspect.scope)) != (told.cause, told.scope):
        return True
    if (instant(trouble.begin), ties) != (told.begin, told.indistinguishable):
        return True
    affected = int(np.count_nonzero(trouble.affected))
    return abs(affected - told.affected) >= max(2, 0.1 * told.affected)
