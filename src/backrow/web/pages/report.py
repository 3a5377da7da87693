"""The report: one file with everything in it, to keep, to send, to print.

Its data is that of the session's page. Names can be left out: people are then numbered,
also in sentences, and no id of Zoom's stays that could be looked up.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

import polars as pl
from markupsafe import Markup

from backrow.diagnose.frames import PRESENTERS
from backrow.diagnose.verdict.glance import by_weight, nothing_found
from backrow.diagnose.verdict.story import belongs, nobody_in
from backrow.errors import UsageError
from backrow.qos.people import iso
from backrow.web.pages.answers import environment
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.static import STATIC
from backrow.web.pages.views.findings import card_of
from backrow.web.pages.views.group import ASKED
from backrow.web.pages.views.picture import picture_of, shown_minute
from backrow.web.pages.views.presenters import presenters_of
from backrow.web.pages.views.room import Look, session_page

WORST: Final = 25
"""People in a report's table."""
_STYLE: Final = STATIC / "css/report.css"


def report_html(
    snapshot: Snapshot,
    look: Look,
    *,
    where: Mapping[str, str] | None = None,
    anonymous: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> bytes:
    """Return a session's report as one HTML file.

    Args:
        snapshot: The session.
        look: Who looks, and when.
        where: A group that it is about; by default everybody.
        anonymous: Leave names out.
        aliases: What each participant is called then; by default they are numbered.

    Raises:
        UsageError: There is nobody in the group, or an attribute is unknown.
    """
    page = report_page(
        snapshot, look, where=where, anonymous=anonymous, aliases=aliases
    )
    style = _STYLE.read_text(encoding="utf-8")
    digest = hashlib.sha256(style.encode()).digest()
    template = environment().get_template("report.html")
    text = template.render(
        page=page,
        made_at=page["made_at"],
        anonymous=anonymous,
        style=Markup(style),  # noqa: S704 - a file of ours
        style_hash=f"sha256-{base64.b64encode(digest).decode()}",
        signed_in=False,
        csrf="",
    )
    return text.encode()


def report_page(
    snapshot: Snapshot,
    look: Look,
    *,
    where: Mapping[str, str] | None = None,
    anonymous: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a report tells; see `report_html`."""
    if anonymous:
        names = _aliases(snapshot) if aliases is None else aliases
        snapshot = _without_names(snapshot, names)
    about = of_group(snapshot, where) if where else snapshot
    page = session_page(about, look)
    if where:
        picture = picture_of(snapshot, shown_minute(snapshot))
        page["presenters"] = presenters_of(snapshot, picture)
        page["findings"] = [
            card_of(snapshot, one, look.zone) for one in by_weight(about.findings)
        ]
    page["worst"] = page["worst"][:WORST]
    if anonymous:
        page["host"] = ""
        for one in (*page["worst"], *page["presenters"]):
            one["participant"] = ""
        for finding in page["findings"]:
            finding["participants"] = []
            finding["scope"].pop("participant", None)
    return {
        **page,
        "nothing": nothing_found(about.people, about.minutes),
        "made_at": iso(look.now),
        "zone": str(look.zone),
        "now": iso(look.now),
        "anonymous": anonymous,
        "scope": dict(where or {}),
        "person_links": False,
    }


def of_group(snapshot: Snapshot, where: Mapping[str, str]) -> Snapshot:
    """Return a session with a group's people alone, and the findings that hit them.

    Raises:
        UsageError: There is nobody in the group, or an attribute is unknown.
    """
    people = snapshot.people
    unknown = [name for name in where if name not in ASKED or name not in people]
    if unknown:
        msg = f"expected attributes out of {', '.join(ASKED)}; got {', '.join(unknown)}"
        raise UsageError(msg)
    members = people.filter(belongs(where))
    if members.is_empty():
        told = ", ".join(f"{name}={value}" for name, value in where.items())
        blank = f"nobody is known to have {told}: it is blank for everybody"
        raise UsageError(nobody_in(people, where) or blank)
    inside = pl.col("participant").is_in(members["participant"].implode())
    ours = set(members["participant"])
    roster = snapshot.roster
    return replace(
        snapshot,
        people=members,
        minutes=snapshot.minutes.filter(inside),
        roster=None if roster is None else roster.filter(inside),
        findings=[one for one in snapshot.findings if ours & set(one.participants)],
    )


def _aliases(snapshot: Snapshot) -> dict[str, str]:
    """Return what each participant is called instead, in seat order."""
    counts = {"Presenter": 0, "Attendee": 0}
    found = {}
    for participant, role in snapshot.people.select("participant", "role").iter_rows():
        kind = "Presenter" if (role or "").lower() in PRESENTERS else "Attendee"
        counts[kind] += 1
        found[participant] = f"{kind} {counts[kind]}"
    return found


def _without_names(snapshot: Snapshot, aliases: Mapping[str, str]) -> Snapshot:
    people = snapshot.people
    real = dict(_names(people))
    findings = [
        replace(
            one,
            sentence=_replaced(
                one.sentence, one.scope.get("participant"), real, aliases
            ),
        )
        for one in snapshot.findings
    ]
    called = pl.col("participant").replace_strict(aliases, default="")
    return replace(
        snapshot,
        people=people.with_columns(called.alias("user_name")),
        findings=findings,
    )


def _names(people: pl.DataFrame) -> Sequence[tuple[str, str]]:
    if "user_name" not in people.columns:
        return []
    return people.select("participant", pl.col("user_name").fill_null("")).rows()


def _replaced(
    sentence: str,
    participant: str | None,
    real: Mapping[str, str],
    aliases: Mapping[str, str],
) -> str:
    """Return a finding's sentence with the alias of the one that it names."""
    if participant is None:
        return sentence
    alias = aliases.get(participant, "A presenter")
    said = (real.get(participant, ""), f"participant {participant}", participant)
    return reduce(
        lambda text, one: text.replace(one, alias), filter(None, said), sentence
    )
