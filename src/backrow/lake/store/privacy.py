"""What of people reaches the lake, or leaves it: PERSONAL says column by column.

Every row goes through `Privacy.kept` on its way in (`backrow.lake.keep`), so that what
is not to be kept stands in no file and no log. The same is done to rows on their way
out, where an export is to tell less than the lake does; what was hidden before stays as
it is.

Diagnosis needs no name. It needs to know who is the same person (`person` stays, as a
keyed hash), who presents (`role`), and what people share: place, version, network. For
the network a prefix will do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

import polars as pl

from backrow.lake.store.edits import reworded
from backrow.lake.tables import TableName
from backrow.qos.identities import hidden_key, prefix_of, pseudonym_of
from backrow.qos.sites import is_network
from backrow.settings import Addresses, Identities

Treatment = Literal[
    "name", "key", "reason", "facts", "topic", "address", "network", "drop"
]
PERSONAL: Final[Mapping[TableName, Mapping[str, Treatment]]] = {
    "participants": {
        "user_name": "name",
        "email": "drop",
        "person": "key",
        "id": "drop",
        "registrant_id": "drop",
        "participant_user_id": "drop",
        "participant_uuid": "drop",
        "customer_key": "drop",
        "sip_uri": "drop",
        "from_sip_uri": "drop",
        "pc_name": "drop",
        "domain": "drop",
        "mac_addr": "drop",
        "harddisk_id": "drop",
        "device_name": "drop",
        "microphone": "drop",
        "speaker": "drop",
        "camera": "drop",
        "leave_reason": "reason",
        "other": "drop",
        "ip_address": "address",
        "internal_ip_addresses": "address",
        "network": "network",
    },
    "sessions": {
        "host": "name",
        "host_email": "drop",
        "dept": "drop",
        "topic": "topic",
        "other": "facts",
    },
}
"""Columns that tell who somebody is. A *name* becomes a pseudonym, a *key* a keyed
hash, a *reason* loses the name before it, *facts* keep counts and switches alone, a
*topic* calls the host as the session does, an *address* is cut to its network, and so is
a *network* that is one and not a provider's name."""
NOT_TOLD: Final = "(not told)"
"""Stands in findings for a network."""
_EMAIL_OF: Final = {"participants": "email", "sessions": "host_email"}
_MEASURE: Final = re.compile(r"\bqos\b|_qos\b")
"""Paths of values that Zoom measures; at others there may be somebody's name."""
_FACT: Final = re.compile(r"has_\w+|user_type|duration|participants|\w+_quality")
"""What Zoom tells of a session that is about nobody; other keys an account may fill."""
_REASON: Final = r"(?i)(reason:.*)$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What is told of people."""

    identities: Identities = "names"
    addresses: Addresses = "full"
    key: bytes = field(default=b"", repr=False)
    """Secret of this installation, for pseudonyms."""

    def kept(self, table: TableName, rows: pl.DataFrame) -> pl.DataFrame:
        """Return a table's rows without what is not to be told.

        Findings name people in sentences: see `retold`.

        Args:
            table: Which.
            rows: Any of its columns.
        """
        personal = PERSONAL.get(table, {})
        changes = [
            changed
            for name, treatment in personal.items()
            if name in rows.columns
            and (changed := self._changed(table, rows, name, treatment)) is not None
        ]
        if self.identities == "omit" and "person_from" in rows.columns:
            changes.append(pl.lit("none").alias("person_from"))
        if table == "unreadable" and self.identities != "names":
            changes += _measures_only(rows)
        return rows.with_columns(changes) if changes else rows

    def called(self, people: pl.DataFrame) -> dict[str, str]:
        """Return what each participant is called; empty where names are told.

        Args:
            people: ``participant``, ``user_name`` and ``email``.
        """
        if self.identities == "names":
            return {}
        if self.identities == "omit":
            return {one: f"participant {one}" for one in people["participant"]}
        return {
            one: pseudonym_of(email, name, key=self.key) or f"participant {one}"
            for one, name, email in people.select(
                "participant", "user_name", "email"
            ).iter_rows()
        }

    def host_of(self, host: str, email: str | None) -> str:
        """Return what a session's host is called; "" for one who is not to be named.

        Args:
            host: Name, as Zoom tells it.
            email: Address; blank and None are unknown.
        """
        if self.identities == "names" or not host:
            return host
        if self.identities == "omit":
            return ""
        return pseudonym_of(email, host, key=self.key) or ""

    def topic_of(
        self, topic: str | None, host: str | None, email: str | None
    ) -> str | None:
        """Return a topic that calls the host as `host_of` does."""
        if not topic or not host:
            return topic
        return topic.replace(host, self.host_of(host, email))

    def network_of(self, text: str) -> str:
        """Return how a network is called; "" for one that is not to be told.

        Args:
            text: An address, a prefix, or a provider's name, which is told always.
        """
        if self.addresses == "full" or not is_network(text):
            return text
        return "" if self.addresses == "omit" else prefix_of(text) or ""

    def placed(self, people: pl.DataFrame) -> pl.DataFrame:
        """Return people, as frames of them are, with no more of their addresses."""
        changes = [
            changed.fill_null("") if isinstance(changed, pl.Series) else changed
            for name, treatment in PERSONAL["participants"].items()
            if treatment in {"address", "network"}
            and name in people.columns
            and (changed := self._cut(people, name, treatment)) is not None
        ]
        return people.with_columns(changes)

    def finding(self, finding: dict[str, Any]) -> dict[str, Any]:
        """Return a finding, as `Finding.to_dict` gives it, with networks cut."""
        scopes = [finding.get("scope") or {}, *(finding.get("indistinguishable") or ())]
        called = {
            text: self.network_of(text) or NOT_TOLD
            for scope in scopes
            if (text := scope.get("network")) and is_network(text)
        }
        if self.addresses == "full" or not called:
            return finding
        for text, other in called.items():
            finding = reworded(finding, text, other)
        own, *ties = [
            {k: called.get(v, v) if k == "network" else v for k, v in scope.items()}
            for scope in scopes
        ]
        return finding | {"scope": own, "indistinguishable": ties}

    def retold(
        self, findings: pl.DataFrame, people: Callable[[str], pl.DataFrame]
    ) -> pl.DataFrame:
        """Return rows of findings that name nobody, and no address, not to be told.

        Args:
            findings: ``session_uuid`` and ``finding`` among their columns.
            people: Gives a session's ``participant``, ``user_name`` and ``email``.
        """
        is_open = self.identities == "names" and self.addresses == "full"
        if is_open or findings.is_empty():
            return findings
        texts: list[str | None] = []
        known: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        for session, text in findings.select("session_uuid", "finding").iter_rows():
            if session not in known:
                there = people(session)
                named = there.select("participant", pl.col("user_name").fill_null(""))
                known[session] = (dict(named.iter_rows()), self.called(there))
            texts.append(self._retold(text, *known[session]))
        return findings.with_columns(pl.Series("finding", texts, dtype=pl.String()))

    def _retold(
        self, text: str | None, names: Mapping[str, str], called: Mapping[str, str]
    ) -> str | None:
        """Return a finding as JSON that tells no more than is to be told."""
        if not text:
            return text
        finding = self.finding(json.loads(text))
        participant = finding.get("scope", {}).get("participant")
        name = names.get(participant, "") if participant else ""
        if name and called:
            finding = reworded(finding, name, called[participant])
        return json.dumps(finding, ensure_ascii=False)

    def _changed(
        self, table: TableName, rows: pl.DataFrame, name: str, treatment: Treatment
    ) -> pl.Expr | pl.Series | None:
        """Return what a column becomes; None if it stays."""
        if treatment in {"address", "network"}:
            return self._cut(rows, name, treatment)
        if self.identities == "names":
            return None
        return self._hidden(table, rows, name, treatment)

    def _hidden(
        self, table: TableName, rows: pl.DataFrame, name: str, treatment: Treatment
    ) -> pl.Expr | pl.Series:
        """Return what a column becomes where names are not kept."""
        is_called = self.identities == "pseudonyms"
        match treatment:
            case "reason":
                return pl.col(name).str.extract(_REASON)
            case "topic":
                return self._topics(rows)
            case "facts":
                return _mapped(rows[name], _facts_of)
            case "name" if is_called:
                return self._pseudonyms(rows, name, _EMAIL_OF[table])
            case "key" if is_called:
                return _mapped(rows[name], partial(hidden_key, key=self.key))
            case _:
                return _none(name, rows)

    def _pseudonyms(self, rows: pl.DataFrame, name: str, email: str) -> pl.Series:
        pairs = list(zip(_texts(rows, name), _texts(rows, email), strict=True))
        made = {
            (called, address): pseudonym_of(address, called, key=self.key) or called
            for called, address in set(pairs)
        }
        return pl.Series(name, [made[pair] for pair in pairs], dtype=pl.String())

    def _topics(self, rows: pl.DataFrame) -> pl.Series:
        """Return topics without their host's name; Zoom puts it there by itself."""
        columns = ("topic", "host", "host_email")
        told = zip(*(_texts(rows, name) for name in columns), strict=True)
        topics = [self.topic_of(*each) for each in told]
        return pl.Series("topic", topics, dtype=pl.String())

    def _cut(
        self, rows: pl.DataFrame, name: str, treatment: Treatment
    ) -> pl.Expr | pl.Series | None:
        if self.addresses == "full":
            return None
        if treatment == "network":
            return _mapped(rows[name], lambda text: self.network_of(text) or None)
        if self.addresses == "omit":
            return _none(name, rows)
        if rows.schema[name] == pl.String():
            return _mapped(rows[name], prefix_of)
        cut = _made(rows[name].explode(), prefix_of)
        each = pl.element().replace_strict(cut, default=None, return_dtype=pl.String())
        return (
            pl.col(name).list.eval(each.drop_nulls().unique(maintain_order=True))
            if cut
            else None
        )


def _facts_of(text: str) -> str | None:
    """Return a JSON object with the keys alone that are about nobody."""
    kept = {k: v for k, v in json.loads(text).items() if _FACT.fullmatch(k)}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def _mapped(column: pl.Series, change: Callable[[str], str | None]) -> pl.Series:
    """Return a column of texts with each text changed."""
    made = _made(column, change)
    return column.replace_strict(made, default=None, return_dtype=pl.String())


def _made(
    texts: pl.Series, change: Callable[[str], str | None]
) -> dict[str, str | None]:
    """Return what becomes of each text, which are changed once each."""
    return {text: change(text) for text in texts.drop_nulls().unique()}


def _texts(rows: pl.DataFrame, name: str) -> list[str | None]:
    """Return a column of texts; None in every row if there is none."""
    return rows[name].to_list() if name in rows.columns else [None] * rows.height


def _none(name: str, rows: pl.DataFrame) -> pl.Expr:
    return pl.lit(None, rows.schema[name]).alias(name)


def _measures_only(rows: pl.DataFrame) -> list[pl.Series]:
    """Return the texts that stood where Zoom tells a measure; others become blank."""
    if not {"path", "text"} <= set(rows.columns):
        return []
    texts = [
        text if _MEASURE.search(path or "") else ""
        for path, text in rows.select("path", "text").iter_rows()
    ]
    return [pl.Series("text", texts, dtype=pl.String())]
