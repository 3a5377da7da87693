"""A finding: what is wrong, for whom, since when, how sure, and what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backrow.diagnose.causes.groups import Scope
from backrow.diagnose.frames import Cause
from backrow.qos.notebook import facts
from backrow.qos.people import iso

State = Literal["raised", "updated", "cleared", "final"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One figure that speaks for a finding."""

    what: str
    value: float
    unit: str
    compared_with: float | None = None
    """The same of everybody else, or of before; None if nothing compares."""

    @property
    def told(self) -> str:
        """The figure with its unit, and what it compares with."""
        other = self.compared_with
        beside = "" if other is None else f", compared with {_rounded(other):g}"
        return f"{_rounded(self.value):g} {self.unit}{beside}"

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "what": self.what,
            "value": _rounded(self.value),
            "unit": self.unit,
            "compared_with": None
            if self.compared_with is None
            else _rounded(self.compared_with),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong; the same `id` through all its states."""

    id: str
    state: State
    cause: Cause
    scope: Mapping[str, str]
    """What those it hits share; {} is everybody."""
    begin: datetime
    """The first bad minute."""
    end: datetime | None
    """The end of the last bad minute; None while it lasts."""
    minutes: int
    """How long it has lasted."""
    media: str
    """audio, video or share: what suffers most."""
    metric: str
    """The metric that shows it best."""
    affected: int
    measured: int
    """How many in the scope were measured: the base of every share."""
    present: int
    """How many in the scope were there."""
    share: float
    """affected / measured."""
    lift: float
    """How many times what was to be expected."""
    confidence: float
    participants: tuple[str, ...]
    """Those affected."""
    indistinguishable: tuple[Mapping[str, str], ...]
    """Scopes that the data cannot tell from this one."""
    evidence: tuple[Evidence, ...]
    sentence: str
    advice: str

    @property
    def sure_pct(self) -> int:
        """How sure it is, in whole percent; nothing is ever more than 99."""
        return min(99, round(100 * self.confidence))

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON, instants in UTC."""
        return {
            "id": self.id,
            "state": self.state,
            "cause": self.cause,
            "scope": dict(self.scope),
            "begin": iso(self.begin),
            "end": None if self.end is None else iso(self.end),
            "minutes": self.minutes,
            "media": self.media,
            "metric": self.metric,
            "affected": self.affected,
            "measured": self.measured,
            "present": self.present,
            "share": round(self.share, 4),
            "lift": round(self.lift, 1),
            "confidence": round(self.confidence, 3),
            "participants": list(self.participants),
            "indistinguishable": [dict(scope) for scope in self.indistinguishable],
            "evidence": [one.to_dict() for one in self.evidence],
            "sentence": self.sentence,
            "advice": self.advice,
        }

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it: the sentence, and what it rests on."""
        end = "it lasts" if self.end is None else iso(self.end)
        evidence = {one.what: one.told for one in self.evidence}
        base = f"{self.affected} of {self.measured} measured ({self.present} there)"
        return facts(
            self.sentence,
            {
                "what to do": self.advice,
                "cause": self.cause,
                "scope": ", ".join(self.scope.values()),
                "begin": iso(self.begin),
                "end": end,
                "hit": base,
                "how sure": f"{self.sure_pct}%",
                **evidence,
            },
        )

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Finding:
        """Return the finding that `to_dict` gave `told` for.

        Raises:
            KeyError: A key is missing.
        """
        end = told["end"]
        ties = tuple(dict(scope) for scope in told["indistinguishable"])
        return cls(
            **{
                **told,
                "begin": datetime.fromisoformat(told["begin"]),
                "end": None if end is None else datetime.fromisoformat(end),
                "participants": tuple(told["participants"]),
                "indistinguishable": ties,
                "evidence": tuple(Evidence(**one) for one in told["evidence"]),
            }
        )


def finding_id(session_uuid: str, cause: str, scope: Scope, occurrence: int) -> str:
    """Return a finding's id: the same live, after a restart, and in the final pass.

    Args:
        session_uuid: The session.
        cause: What is wrong.
        scope: Where.
        occurrence: How many times this cause was raised for this scope before.
    """
    parts = [session_uuid, cause, *(f"{k}={v}" for k, v in scope), str(occurrence)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _rounded(value: float) -> float:
    return round(value, 1) if abs(value) >= 10 else round(value, 2)
