"""Who may ask the mirror: tokens, their scopes, and how often one may guess.

Who guessed wrong too often is not heard for a while, not even with a right token. A
token that was right before, from the same address, stays good: otherwise a stranger
could shut out everybody.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from backrow.web.emulated.calls import Asked, pairs_of
from backrow.web.emulated.refusals import RefusalError, oauth_refusal, refuse
from backrow.web.mirror.tokens import Grant, Keys
from backrow.web.pages.access.guesses import Guesses

_INSIDE_MAX: Final = 10_000
"""Pairs of a token and an address that are remembered."""
_GRANT_S: Final = 3600.0
"""For how long a token answer says that it is good, as Zoom's."""
_FIELDS_MAX: Final = 20


@dataclass(slots=True)
class Door:
    """Lets requests in, or refuses them in Zoom's words."""

    keys: Keys
    guesses: Guesses = field(default_factory=Guesses)
    _inside: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    """Tokens that were right, each with the address that it came from."""

    def enter(self, authorization: str, address: str, *, now: float) -> Grant:
        """Return what is kept of the token of a request.

        Args:
            authorization: The request's header.
            address: Who asks.
            now: Unix seconds of the real clock.

        Raises:
            RefusalError: There is no token, or it is wrong, expired or revoked, or
                too many were wrong.
            LakeError: The tokens cannot be read.
        """
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise refuse("token_wrong")
        grant = self.keys.find(token)
        is_inside = grant is not None and (grant.id, address) in self._inside
        wait_s = 0.0 if is_inside else self.guesses.wait_s(address, now=now)
        if wait_s > 0:
            raise _too_many(wait_s)
        if grant is None:
            self.guesses.wrong(address, now=now)
            raise refuse("token_wrong")
        state = grant.state(now=now)
        if state != "good":
            raise refuse("token_expired" if state == "expired" else "token_wrong")
        self._remember(grant, address)
        return grant

    def exchange(self, asked: Asked, address: str, *, now: float) -> dict[str, object]:
        """Return the answer to a token request of server-to-server OAuth.

        The client secret is a token of the mirror, and the answer's token is the same.

        Raises:
            RefusalError: In OAuth's form, `reason` and `error`.
            LakeError: The tokens cannot be read.
        """
        query = pairs_of(asked.query, most=_FIELDS_MAX)
        form = {**query, **pairs_of(asked.body, most=_FIELDS_MAX)}
        if form.get("grant_type") != "account_credentials":
            raise oauth_refusal("unsupported grant type", "unsupported_grant_type")
        secret = _client_secret(asked.headers.get("authorization", ""))
        try:
            grant = self.enter(f"Bearer {secret}", address, now=now)
        except RefusalError as exc:
            if exc.status == 429:
                raise
            wrong = "Invalid client_id or client_secret"
            raise oauth_refusal(wrong, "invalid_client") from exc
        left_s = math.inf if grant.expires_at is None else grant.expires_at - now
        return {
            "access_token": secret,
            "token_type": "bearer",
            "expires_in": int(min(_GRANT_S, left_s)),
            "scope": " ".join(grant.scopes),
            "api_url": asked.base_url,
        }

    def _remember(self, grant: Grant, address: str) -> None:
        self._inside[grant.id, address] = None
        self._inside.move_to_end((grant.id, address))
        while len(self._inside) > _INSIDE_MAX:
            self._inside.popitem(last=False)


def _too_many(wait_s: float) -> RefusalError:
    body = {"code": 429, "message": "Too many wrong tokens. Try again later."}
    return RefusalError(429, body, {"retry-after": str(math.ceil(wait_s))})


def _client_secret(authorization: str) -> str:
    """Return the password of a Basic header; "" if there is none."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return ""
    return plain.partition(":")[2] if scheme.lower() == "basic" else ""
