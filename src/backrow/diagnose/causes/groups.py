"""People as coded arrays: which group of which attribute each belongs to.

A *cuboid* is one attribute, or a few taken together; its groups are the values
that occur. Groups are numbered per cuboid, so that counting a group's people is
one `numpy.bincount`. A person whose value is unknown (null or "") is in no group
of that attribute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Counted = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Scope = tuple[tuple[str, str], ...]
"""Attribute and value, one or several: what the members of a group share."""
UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One attribute of everybody."""

    name: str
    codes: Ints
    """Number of each person's value; -1 where it is unknown."""
    values: Sequence[str]

    @classmethod
    def of(cls, name: str, texts: Iterable[str | None]) -> Coded:
        """Number the values of an attribute."""
        known: dict[str, int] = {}
        codes = [
            known.setdefault(text, len(known)) if text else UNKNOWN for text in texts
        ]
        return cls(name, np.array(codes, dtype=np.int32), list(known))


@dataclass(frozen=True, slots=True, eq=False)
class Cuboid:
    """The groups of one attribute, or of several taken together."""

    attributes: tuple[Coded, ...]
    codes: Ints
    """Number of each person's group, from 1; 0 where a value is unknown."""
    keys: Sequence[tuple[int, ...]]
    """Codes of each group's values, by group number less one."""
    members_min: float
    """Measured people below which a group is not judged."""
    rank: int = 0
    """Lower is said first, where groups cannot be told apart."""

    @classmethod
    def of(
        cls, attributes: Sequence[Coded], members_min: float, rank: int = 0
    ) -> Cuboid:
        """Number the groups that occur."""
        if len(attributes) == 1:
            only = attributes[0]
            single: list[tuple[int, ...]] = [
                (code,) for code in range(len(only.values))
            ]
            codes = (only.codes + 1).astype(np.int32)
            return cls((only,), codes, single, members_min, rank)
        mixed = np.zeros(len(attributes[0].codes), dtype=np.int64)
        for one in attributes:
            mixed = mixed * (len(one.values) + 1) + one.codes + 1
        known = np.all([one.codes >= 0 for one in attributes], axis=0)
        found, first, inverse = np.unique(
            mixed[known], return_index=True, return_inverse=True
        )
        codes = np.zeros(len(mixed), dtype=np.int32)
        codes[known] = inverse + 1
        rows = np.flatnonzero(known)[first]
        keys = [tuple(int(one.codes[row]) for one in attributes) for row in rows]
        return cls(tuple(attributes), codes, keys[: len(found)], members_min, rank)

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes' names."""
        return tuple(one.name for one in self.attributes)

    def scope(self, group: int) -> Scope:
        """Return what the members of a group share."""
        codes = self.keys[group]
        return tuple(
            (one.name, one.values[code])
            for one, code in zip(self.attributes, codes, strict=True)
        )

    def members(self, group: int) -> Flags:
        """Return who is in a group."""
        return np.equal(self.codes, group + 1)

    def count(self, weights: Counted, rows: Rows | None = None) -> Counted:
        """Return the sum of `weights` over each group.

        Args:
            weights: One per person.
            rows: Where they are not 0, if that is known: it saves time.
        """
        codes = self.codes
        if rows is not None:
            codes, weights = codes[rows], weights[rows]
        total = np.bincount(codes, weights, minlength=len(self.keys) + 1)[1:]
        return total.astype(np.float64)

    def count_by(self, kinds: Ints, most: int, weights: Counted) -> Counted:
        """Return the sum of `weights` over each group (row) and kind (column).

        Args:
            kinds: Kind of each person, from 0.
            most: How many kinds there are.
            weights: One per person.
        """
        mixed = self.codes.astype(np.int64) * most + kinds
        total = np.bincount(mixed, weights, minlength=(len(self.keys) + 1) * most)
        return total.reshape(-1, most)[1:].astype(np.float64)


def cuboids_of(
    coded: Mapping[str, Coded],
    *,
    together: Iterable[Sequence[str]],
    members_min: float,
    small: Mapping[str, float] | None = None,
    never_alone: Collection[str] = (),
) -> list[Cuboid]:
    """Return the cuboids of single attributes and of those given `together`.

    Args:
        coded: The attributes, by name.
        together: Names of attributes to look at together; those that are not
            there are left out.
        members_min: Measured people below which a group is not judged.
        small: Other such figures, by attribute.
        never_alone: Attributes that are only looked at together with others.
    """
    least = small or {}
    wanted: list[tuple[str, ...]] = [(n,) for n in coded if n not in never_alone]
    wanted += [tuple(n) for n in together if all(name in coded for name in n)]
    made = [
        Cuboid.of(
            [coded[name] for name in names],
            min(members_min, least.get(names[0], members_min))
            if len(names) == 1
            else members_min,
            rank,
        )
        for rank, names in enumerate(wanted)
    ]
    return [cuboid for cuboid in made if cuboid.keys]


def all_together(names: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Return every combination of 2 to `most` attributes."""
    return [c for size in range(2, most + 1) for c in combinations(names, size)]
