"""Passes: what a browser shows after the login instead of the token.

A pass is an instant and some chance, signed with a key that is made from the token.
So it says nothing of the token, it holds over a restart of the server with the same
token, and it falls with the token. Form marks, which a form must bring back, are
signed with it too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

LIFE_S: Final = 30 * 86_400
CODE_LIFE_S: Final = 600.0
"""How long a login link may be used."""


@dataclass(slots=True)
class Passes:
    """Gives passes for a token, and knows its own."""

    token: str
    _key: bytes = field(init=False)
    _out: dict[str, float] = field(default_factory=dict)
    """Passes that were given back, with when they would have ended."""
    _codes: dict[str, float] = field(default_factory=dict)
    """Codes of login links, by when they end."""

    def __post_init__(self) -> None:
        """Make the key."""
        self._key = self._signed(self.token.encode(), "pass")

    def fits(self, token: str) -> bool:
        """Return whether a token is the one, in a time that tells nothing."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def issue(self, *, now: float) -> str:
        """Return a new pass."""
        told = f"{int(now + LIFE_S)}.{secrets.token_urlsafe(12)}"
        return f"{told}.{self._mark('session', told)}"

    def holds(self, given: str, *, now: float) -> bool:
        """Return whether a pass is one of ours, not over and not given back."""
        told, _, mark = given.rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark("session", told).encode()):
            return False
        return int(told.partition(".")[0]) > now and given not in self._out

    def give_back(self, given: str, *, now: float) -> None:
        """End a pass."""
        self._out = {one: end for one, end in self._out.items() if end > now}
        if self.holds(given, now=now):
            self._out[given] = float(given.partition(".")[0])

    def form_mark(self, anchor: str) -> str:
        """Return what a form must bring back that was shown to who holds `anchor`."""
        return self._mark("form", anchor)

    def form_fits(self, given: str, anchor: str) -> bool:
        """Return whether a form brought its mark back."""
        wanted = self.form_mark(anchor)
        return bool(anchor) and hmac.compare_digest(given.encode(), wanted.encode())

    def code(self, *, now: float) -> str:
        """Return a new code of a login link, good for once and ten minutes."""
        made = secrets.token_urlsafe(24)
        self._codes[made] = now + CODE_LIFE_S
        return made

    def spend(self, code: str, *, now: float) -> bool:
        """Return whether a code is good, and spend it."""
        found = [
            one
            for one in self._codes
            if hmac.compare_digest(one.encode(), code.encode())
        ]
        return any(self._codes.pop(one) > now for one in found)

    def _mark(self, use: str, text: str) -> str:
        raw = self._signed(self._key, f"{use} {text}")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @staticmethod
    def _signed(key: bytes, text: str) -> bytes:
        return hmac.new(key, text.encode(), hashlib.sha256).digest()
