"""A group's page: the answer to "was the Lyon office all right?", finding or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from backrow.diagnose.frames import ATTRIBUTES, RATED
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict.glance import by_weight
from backrow.diagnose.verdict.story import GroupAnswer, belongs, group_answer, nobody_in
from backrow.errors import NothingFoundError
from backrow.qos.vocabulary import MEDIA
from backrow.web.pages.keys import group_url
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.findings import brief
from backrow.web.pages.views.picture import picture_of, shown_minute
from backrow.web.pages.views.room import Look
from backrow.web.pages.views.series import series_of
from backrow.web.pages.views.worst import members_of

MEMBERS: Final = 500
ASKED: Final = tuple(attribute.name for attribute in ATTRIBUTES)
"""What a group can be asked for by."""


def group_page(
    snapshot: Snapshot, where: Mapping[str, str], look: Look
) -> dict[str, Any]:
    """Return how a group was.

    Args:
        snapshot: The session.
        where: What its members share.
        look: Who looks.

    Raises:
        UsageError: An attribute is unknown to this session, or none is given.
        NothingFoundError: Nobody has such a value.
    """
    people = snapshot.people
    if set(where) <= set(people.columns) & set(ASKED):
        nobody = nobody_in(people, where)
        if nobody is not None:
            raise NothingFoundError(nobody, place="this session")
    minutes = snapshot.minutes
    if "cause" not in minutes.columns:
        minutes = minutes.with_columns(pl.lit(None, dtype=pl.String).alias("cause"))
    rated = minutes.filter(pl.col("picked").is_in(RATED).fill_null(value=True))
    answer = group_answer(
        Diagnosis(
            findings=tuple(snapshot.findings),
            episodes=(),
            minutes=rated,
            people=people,
        ),
        where,
    )
    members = people.filter(belongs(where))["participant"]
    picture = picture_of(snapshot, shown_minute(snapshot))
    own = rated.filter(pl.col("participant").is_in(members.implode()))
    told = answer.to_dict()
    uuid = snapshot.occurrence.uuid
    return {
        "scope": dict(where),
        "judged": answer.verdict,
        "reason": answer.reason,
        "sentence": answer.sentence,
        "counts": {
            "there": answer.people,
            "measured": answer.measured,
            "bad": int(own.filter("bad")["participant"].n_unique()),
            "blank": answer.blank,
        },
        "against": _against(answer.trouble_share, answer.others_trouble_share),
        "media": told["media"],
        "others": told["others"],
        "worst_medium": _worst_medium(answer),
        "worst_quarter": told["worst_quarter"],
        "causes": told["causes"],
        "series": series_of(snapshot, members=members),
        "shared": [
            {
                "attribute": name,
                "value": value,
                "share": _part(people.filter(belongs(where)), name, value),
                "link": group_url(uuid, {name: value}),
            }
            for name, value in answer.shared.items()
        ],
        "members": members_of(snapshot, picture, members, most=MEMBERS),
        "findings": [
            {"id": one.id, **brief(one, told_in=snapshot.told_in, zone=look.zone)}
            for one in by_weight(snapshot.findings)
            if one.id in answer.findings
        ],
    }


def _against(own: float | None, others: float | None) -> dict[str, float | None]:
    lift = own / others if own is not None and others else None
    return {
        "share_bad": own,
        "others_share_bad": others,
        "lift": None if lift is None else round(lift, 1),
    }


def _worst_medium(answer: GroupAnswer) -> str | None:
    """Return the medium that was poor or bad in most minutes; None if none was."""
    poor = {m: answer.media[m]["poor"] + answer.media[m]["bad"] for m in MEDIA}
    worst = max(MEDIA, key=poor.__getitem__)
    return worst if poor[worst] > 0 else None


def _part(people: pl.DataFrame, name: str, value: str) -> float:
    return round(int((people[name] == value).sum()) / max(1, len(people)), 4)
