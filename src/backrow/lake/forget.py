"""Taking away: a person from every table, or sessions that are old enough.

Personal data is erased, not just deleted: rows go, then the files that held them,
log entries and checkpoints, while no other writer of the folder is let in. In an
object store, where nobody can be kept out, files that no commit names stay until
they are an hour old; `Erased.left_behind` counts them, and a second run takes them.

Order matters, because a run may be cut short. What was taken away is noted in
`deletions` first (exports must tell of it), and `participants` goes last, because
that is where a second run finds whom to forget. No predicate of a commit names
anybody: it would stand in the log.

Nobody is kept from coming back: what is collected after `forget` is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from backrow.errors import NothingFoundError, UsageError
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter
from backrow.lake.store.commits import Commits
from backrow.lake.store.edits import Change, blanked, unhosted, without_people
from backrow.lake.store.reading import Store, among, equal, literal
from backrow.lake.store.rows import instant, shaped
from backrow.lake.tables import TABLES, TableName
from backrow.qos.identities import is_pseudonym

if TYPE_CHECKING:
    from deltalake import DeltaTable

BY_STAY: Final[tuple[TableName, ...]] = (
    "samples",
    "minutes",
    "roster",
    "summaries",
    "unreadable",
)
"""Tables whose rows about a person are found by session and participant."""
_NAMED: Final = ("email", "user_name", "person", "user_id", "id", "participant_user_id")
"""Columns of participants that may be what a person is called by."""
_DAY_S: Final = 86_400
_STAYS_AT_ONCE: Final = 200
"""Stays a predicate may name; longer ones take deltalake long to plan."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A participant in a session."""

    session_uuid: str
    participant: str


@dataclass(slots=True)
class Erased:
    """What was taken away."""

    stays: list[Stay] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    """Sessions pruned, or changed because the person hosted them."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by table; the inbox counts as one."""
    left_behind: int = 0
    """Files in an object store that a second run after an hour takes away."""


def forget(
    store: Store,
    person: str,
    *,
    now: float,
    session: str | None = None,
    everyone: bool = False,
    also: Collection[str] = (),
    inbox: Inbox | None = None,
) -> Erased:
    """Erase a person from every table and from the inbox.

    Args:
        store: The lake's tables.
        person: An email address, a name, a Zoom user id, a participant's user_id
            (with `session`), or a person key; letter case does not matter.
        now: Unix seconds.
        session: Uuid of the only session to look in.
        everyone: Erase all who are called so, though they may be different people.
        also: What else the lake may call the person: see `backrow.qos.identities`.
        inbox: The inbox, whose events and dead letters are searched too.

    Raises:
        UsageError: Several people are called so.
        NothingFoundError: Nobody is called so, in the lake or the inbox.
        LakeError: The lake or the inbox cannot be written.
    """
    if inbox is not None and not store.place.is_there:  # events may wait for one
        who = find(store, person, also=also)
        return _some(
            Erased(rows={"inbox": inbox.forget(who.is_spoken_of)}), person, store
        )
    store.require()
    commits = Commits(store)
    with commits.alone():
        who = find(store, person, session=session, everyone=everyone, also=also)
        writer = LakeWriter(store, commits=commits)
        erased = _erase_person(writer, who, now=now)
        if inbox is not None:
            erased.rows["inbox"] = inbox.forget(who.is_spoken_of)
        _erase_facts(writer, who, now=now)
        _purge(commits, erased)
    return _some(erased, person, store)


def _some(erased: Erased, person: str, store: Store) -> Erased:
    """Return what was erased.

    Raises:
        NothingFoundError: That is nothing.
    """
    if not erased.stays and not any(erased.rows.values()):
        raise NothingFoundError(
            f"nobody is called {person!r:.80}", place=store.place.url
        )
    return erased


def prune(
    store: Store, *, before: float, now: float, inbox: Inbox | None = None
) -> Erased:
    """Erase sessions that ended before an instant, and dead letters from before it.

    Args:
        store: The lake's tables.
        before: Unix seconds.
        now: Unix seconds.
        inbox: The inbox, whose old dead letters go too.

    Raises:
        LakeError: The lake or the inbox cannot be written.
    """
    if inbox is not None and not store.place.is_there:
        return Erased(rows={"inbox": inbox.prune(before_s=before)})
    store.require()
    commits = Commits(store)
    erased = Erased()
    with commits.alone():
        erased.sessions = _ended_before(store, before)
        writer = LakeWriter(store, commits=commits)
        for some in _parts(erased.sessions, _STAYS_AT_ONCE):
            _prune_sessions(writer, some, erased, now=now)
        old = f"changed_at < {literal(instant(before))}"
        erased.rows["deletions"] = commits.delete("deletions", old)
        if inbox is not None:
            erased.rows["inbox"] = inbox.prune(before_s=before)
        _purge(commits, erased)
    return erased


def prune_overdue(
    store: Store, *, days: int, now: float, inbox: Inbox | None = None
) -> Erased:
    """Do the same for what is older than so many days; others are let in if none is.

    Args:
        store: The lake's tables.
        days: How long sessions and dead letters are kept.
        now: Unix seconds.
        inbox: The inbox, whose old dead letters go too.

    Raises:
        LakeError: The lake or the inbox cannot be read or written.
    """
    before = now - days * _DAY_S
    if store.place.is_there and _ended_before(store, before):
        return prune(store, before=before, now=now, inbox=inbox)
    erased = Erased()
    if inbox is not None:
        erased.rows["inbox"] = inbox.prune(before_s=before)
    return erased


@dataclass(frozen=True, slots=True)
class Who:
    """Everything a person is known by."""

    texts: frozenset[str]
    """Addresses and, for the inbox, the name that was given; in lower case."""
    emails: frozenset[str]
    names: frozenset[str]
    """As Zoom spells them, in the stays."""
    pseudonyms: frozenset[str]
    """What the person is called instead: as a host, too."""
    stays: tuple[Stay, ...]

    def is_spoken_of(self, body: bytes) -> bool:
        """Return whether a body of JSON speaks of the person."""
        try:
            values = {text.lower() for text in _texts(json.loads(body))}
        except ValueError:
            text = body.decode("utf-8", "replace").lower()
            return any(one in text for one in self.texts)
        if values & self.texts or any(e in v for e in self.emails for v in values):
            return True
        return any(
            stay.session_uuid.lower() in values and stay.participant.lower() in values
            for stay in self.stays
        )


def _texts(value: Any) -> Iterator[str]:
    """Yield every text and number in a JSON value, as text."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str | int):
        yield str(value)


def find(
    store: Store,
    person: str,
    *,
    session: str | None = None,
    everyone: bool = False,
    also: Collection[str] = (),
) -> Who:
    """Return whom `person` means; the arguments are those of `forget`.

    Raises:
        UsageError: Several people are called so.
    """
    wanted = person.strip().lower()
    if not wanted:
        raise UsageError("expected an email address, a name or an id")
    stays = store.read(
        "participants",
        lambda rows: rows.select("session_uuid", "participant", *_NAMED).unique(),
    )
    if session is not None:
        stays = stays.filter(pl.col("session_uuid") == session)
    names = [wanted, *(one.lower() for one in also)]
    called = stays.filter(
        pl.any_horizontal(pl.col(n).str.to_lowercase().is_in(names) for n in _NAMED)
        | (pl.col("participant") == wanted)
    )
    keys = ["session_uuid", "participant"]
    every = stays.join(called.select(keys).unique(), on=keys)
    if not everyone:
        _refuse_several(every, person)
    lasting = every.filter(pl.col("person").is_not_null())["person"].unique()
    same = stays.filter(pl.col("person").is_in(lasting.implode()))
    every = stays.join(
        pl.concat([every, same]).select(keys).unique(), on=keys, maintain_order="left"
    )
    emails = {e.lower() for e in every["email"].drop_nulls() if e}
    emails |= {wanted} if "@" in wanted else set()
    found = every.select(keys).unique().sort(keys).iter_rows()
    spelled = frozenset(name for name in every["user_name"].drop_nulls() if name)
    return Who(
        texts=frozenset({*emails, *(() if wanted.isdecimal() else (wanted,))}),
        emails=frozenset(emails),
        names=spelled,
        pseudonyms=frozenset(n for n in {*spelled, *also} if is_pseudonym(n)),
        stays=tuple(Stay(*row) for row in found),
    )


def _refuse_several(stays: pl.DataFrame, person: str) -> None:
    """Raise if the stays may be those of more than one person.

    Raises:
        UsageError: They may.
    """
    if "@" in person:
        return
    stay = pl.concat_str("session_uuid", "participant")
    each = stays.group_by("session_uuid", "participant").agg(
        pl.col("person").drop_nulls().first(),
        pl.col("email").filter(pl.col("email") != "").first().str.to_lowercase(),
    )
    by = (each.select(pl.coalesce(name, stay)) for name in ("person", "email"))
    people = min(found.to_series().n_unique() for found in by)
    if people > 1:
        raise UsageError(
            f"{people} different people, or stays of which that cannot be told, are "
            f"called {person!r:.80}: give an email address or a person key, name the "
            "session, or ask for everyone"
        )


def _erase_person(writer: LakeWriter, who: Who, *, now: float) -> Erased:
    erased = Erased(stays=list(who.stays))
    if who.stays:
        _note(writer, who.stays, now=now)
    for some in _parts(who.stays, _STAYS_AT_ONCE):
        for name in BY_STAY:
            gone = writer.commits.delete(name, _matching(some))
            erased.rows[name] = erased.rows.get(name, 0) + gone
    erased.rows["participants"] = len(who.stays)
    apart = without_people(_by_session(who.stays), who.emails, who.names)
    erased.rows["findings"] = _edit(writer, "findings", apart, now=now)
    hosts = unhosted(who.emails, who.pseudonyms)
    erased.rows["sessions"] = _edit(writer, "sessions", hosts, now=now)
    return erased


def _erase_facts(writer: LakeWriter, who: Who, *, now: float) -> None:
    """Erase what names the person; until then, a second run still finds the stays."""
    for some in _parts(who.stays, _STAYS_AT_ONCE):
        writer.commits.delete("participants", _matching(some))
    _edit(writer, "participants", blanked(who.emails), now=now)
    _edit(writer, "unreadable", blanked(who.emails), now=now)
    if who.stays:
        _note(writer, who.stays, now=now)  # whoever has read meanwhile reads again


def _note(writer: LakeWriter, stays: Iterable[Stay], *, now: float) -> None:
    """Note in `deletions` that the rows of `stays` go, in every table."""
    rows = [
        {
            "table": table,
            "session_uuid": stay.session_uuid,
            "participant": stay.participant,
            "reason": "forgotten",
        }
        for stay in stays
        for table in (*BY_STAY, "participants")
    ]
    writer.append({"deletions": pl.DataFrame(rows)}, now=now)


def _edit(writer: LakeWriter, name: TableName, change: Change, *, now: float) -> int:
    """Let `change` edit sessions' rows, and return how many sessions it changed.

    For exports, all rows of such a session are taken away and come anew.
    """
    store, count = writer.store, 0
    if store.open(name) is None:
        return 0
    before = store.read(name, lambda rows: rows)
    for (session,), rows in before.partition_by("session_uuid", as_dict=True).items():
        if change(rows).equals(rows):
            continue
        noted = {"table": [name], "session_uuid": [session], "reason": ["forgotten"]}
        writer.append({"deletions": pl.DataFrame(noted)}, now=now)
        where = equal(session_uuid=session)
        writer.commits.replace(name, where, _edited(store, name, session, change, now))
        count += 1
    return count


def _edited(
    store: Store, name: TableName, session: str, change: Change, now: float
) -> Callable[[DeltaTable], pl.DataFrame]:
    """Return what makes a session's changed rows of the table as it is."""
    # Observations are laid over each other by age, so they keep their order.
    anew = pl.lit(instant(now)) + pl.duration(microseconds=pl.int_range(pl.len()))

    def rows(handle: DeltaTable) -> pl.DataFrame:
        found = (
            store.scan(name, where=equal(session_uuid=session), at=handle)
            .filter(pl.col("session_uuid") == session)
            .collect()
        )
        return shaped(name, change(found.sort("changed_at")), now=now).with_columns(
            changed_at=anew
        )

    return rows


def _ended_before(store: Store, before: float) -> list[str]:
    """Return the sessions whose last sign of life is older than `before`.

    It is asked every hour and finds nothing mostly: what has no old minute is not read.
    """
    at = instant(before)
    told = store.read(
        "sessions",
        lambda rows: rows.group_by("session_uuid").agg(
            pl.max_horizontal(pl.col("start_at").max(), pl.col("end_at").max()).alias(
                "at"
            )
        ),
    )
    old = store.read(
        "samples",
        lambda rows: rows.filter(pl.col("minute") < at).select("session_uuid").unique(),
        where=f"minute < {literal(at)}",
    )
    silent = told.filter(pl.col("at") < at)
    maybe = {*old["session_uuid"], *silent["session_uuid"]} - {None}
    if not maybe:
        return []
    few = len(maybe) <= _STAYS_AT_ONCE
    is_one = pl.col("session_uuid").is_in(sorted(maybe))
    seen = store.read(
        "samples",
        lambda rows: (
            rows.filter(is_one)
            .group_by("session_uuid")
            .agg(pl.col("minute").max().alias("at"))
        ),
        where=among("session_uuid", sorted(maybe)) if few else None,
    )
    both = pl.concat([seen, told.filter(is_one)])
    last = both.group_by("session_uuid").agg(pl.col("at").max())
    return sorted(last.filter(pl.col("at") < at)["session_uuid"])


def _prune_sessions(
    writer: LakeWriter, sessions: tuple[str, ...], erased: Erased, *, now: float
) -> None:
    names = [name for name in TABLES if name != "deletions"]
    noted = [
        {"table": name, "session_uuid": session, "reason": "pruned"}
        for session in sessions
        for name in names
    ]
    writer.append({"deletions": pl.DataFrame(noted)}, now=now)
    # Last the tables in which a second run looks for what is old.
    for name in sorted(names, key=("samples", "sessions").__contains__):
        gone = writer.commits.delete(name, among("session_uuid", sessions))
        erased.rows[name] = erased.rows.get(name, 0) + gone


def _purge(commits: Commits, erased: Erased) -> None:
    for name in TABLES:
        erased.left_behind += commits.purge(name)


def _by_session(stays: Iterable[Stay]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stay in stays:
        found.setdefault(stay.session_uuid, []).append(stay.participant)
    return found


def _matching(stays: Iterable[Stay]) -> str:
    """Return the SQL that matches the stays' rows; it names nobody."""
    return " OR ".join(
        f"({equal(session_uuid=session)} AND {among('participant', people)})"
        for session, people in _by_session(stays).items()
    )


def _parts(values: Iterable[Any], size: int) -> Iterator[tuple[Any, ...]]:
    every = tuple(values)
    for first in range(0, len(every), size):
        yield every[first : first + size]
