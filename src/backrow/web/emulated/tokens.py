"""What the emulator hands out and must know again: access and page tokens.

Both are sealed with a key of this emulator, so that nothing has to be kept and
an expired one can be told from a wrong one. Neither means anything to a client.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from backrow.web.emulated.calls import pairs_of
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.refusals import oauth_refusal, refuse
from backrow.zoom.endpoints import ENDPOINTS

TokenKind = Literal["account", "app"]

ALL_SCOPES: Final = tuple(dict.fromkeys(each.granular_scope for each in ENDPOINTS))
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGIT: Final = {char: i for i, char in enumerate(_BASE62)}
_PAGE_TOKEN_LENGTH: Final = 35
"""As in all of Zoom's examples."""
_LONGEST_TOKEN: Final = 2048
_KINDS: Final[Mapping[str, TokenKind]] = {
    "account_credentials": "account",
    "client_credentials": "app",
}
"""Kind of token by grant type; the second is for WebSocket events only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The server-to-server OAuth app of the emulated account."""

    account_id: str = "demo"
    client_id: str = "demo"
    client_secret: str = field(default="demo", repr=False)


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """What an access token says."""

    serial: int
    kind: TokenKind
    expires_at: float
    """Unix seconds of the emulated clock."""


class AccessTokens:
    """Issues and checks access tokens that look like Zoom's."""

    def __init__(
        self, credentials: Credentials, *, key: bytes, options: ZoomOptions
    ) -> None:
        """Seal tokens for the app of `credentials` with `key`."""
        self._credentials = credentials
        self._key = key
        self._options = options
        self._serial = 0
        self.scopes = frozenset(options.scopes or ALL_SCOPES)
        """Scopes of every token."""

    def grant(
        self, *, authorization: str, query: str, body: str, base_url: str, now: float
    ) -> dict[str, object]:
        """Return the body of a token answer.

        Args:
            authorization: Header of the request.
            query: Query string; it and the `body` may hold the parameters.
            body: Form body.
            base_url: Where the caller found this server, for `api_url`.
            now: Unix seconds.

        Raises:
            RefusalError: In OAuth's form, `reason` and `error`.
        """
        in_query = pairs_of(query) if self._options.grant_in_query else {}
        form = {**in_query, **pairs_of(body)}
        self._check_client(authorization)
        kind = self._checked_kind(form)
        life_s = self._options.token_life_s
        return {
            "access_token": self._sealed(kind, now + life_s),
            "token_type": "bearer",
            "expires_in": int(life_s),
            "scope": " ".join(sorted(self.scopes)),
            "api_url": base_url,
        }

    def check(self, authorization: str, *, now: float) -> None:
        """Let a request pass, or refuse it.

        Raises:
            RefusalError: The token is missing, wrong, expired, or of another kind.
        """
        scheme, _, token = authorization.partition(" ")
        wrong = self._options.token_wrong
        claims = self._claims(token.strip()) if scheme.lower() == "bearer" else None
        if claims is None:
            raise refuse("token_wrong", variant=wrong)
        if self._options.one_token and claims.serial != self._serial:
            raise refuse("token_wrong", variant=wrong)
        if claims.expires_at <= now:
            raise refuse("token_expired", variant=wrong)
        if claims.kind != "account":
            raise refuse("token_kind")

    def _check_client(self, authorization: str) -> None:
        scheme, _, encoded = authorization.partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        own = f"{self._credentials.client_id}:{self._credentials.client_secret}"
        known = hmac.compare_digest(given, own.encode())
        if scheme.lower() != "basic" or not known:
            refusal = oauth_refusal(
                "Invalid client_id or client_secret", "invalid_client"
            )
            refusal.status = int(self._options.client_wrong)
            raise refusal

    def _checked_kind(self, form: Mapping[str, str]) -> TokenKind:
        grant = form.get("grant_type", "")
        if grant == "refresh_token":
            raise oauth_refusal("Invalid Token!", "invalid_grant")
        if grant not in _KINDS:
            raise oauth_refusal("unsupported grant type", "unsupported_grant_type")
        account = form.get("account_id", "")
        if _KINDS[grant] == "account" and account != self._credentials.account_id:
            raise oauth_refusal("Bad Request", "invalid_request")
        return _KINDS[grant]

    def _sealed(self, kind: TokenKind, expires_at: float) -> str:
        self._serial += 1
        head = _b64(b'{"sv":"000001","alg":"HS512","v":"2.0"}')
        claims = Claims(self._serial, kind, expires_at)
        signed = f"{head}.{_b64(msgspec.json.encode(claims))}"
        return f"{signed}.{self._seal(signed)}"

    def _seal(self, signed: str) -> str:
        return _b64(hmac.digest(self._key, signed.encode(), "sha512"))

    def _claims(self, token: str) -> Claims | None:
        signed, dot, seal = token.rpartition(".")
        if not dot or len(token) > _LONGEST_TOKEN or not token.isascii():
            return None
        if not hmac.compare_digest(seal, self._seal(signed)):
            return None
        payload = signed.partition(".")[2]
        padded = payload + "=" * (-len(payload) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Claims)


class PageTokens:
    """Issues and reads `next_page_token`: 35 characters, bound to their query."""

    def __init__(self, *, key: bytes, life_s: float, refusal: str) -> None:
        """Seal tokens with `key` that live for `life_s` seconds.

        Args:
            key: Secret of this emulator.
            life_s: Seconds.
            refusal: Status and code for a wrong one, as in ``"400/300"``.
        """
        self._key = key
        self._life_ms = round(life_s * 1000)
        self._refusal = refusal

    def issue(self, offset: int, *, bound_to: str, now: float) -> str:
        """Return a token for the page that begins at item `offset`."""
        expires_ms = round(now * 1000) + self._life_ms
        plain = offset.to_bytes(4, "big") + expires_ms.to_bytes(6, "big")
        seal = self._seal(plain, bound_to)
        number = int.from_bytes(_masked(plain, seal) + seal, "big")
        chars = []
        for _ in range(_PAGE_TOKEN_LENGTH):
            number, digit = divmod(number, 62)
            chars.append(_BASE62[digit])
        return "".join(reversed(chars))

    def read(self, token: str, *, bound_to: str, now: float) -> int:
        """Return the offset that `token` stands for.

        Raises:
            RefusalError: It is none of ours, has expired, or was given for another
                query.
        """
        try:
            number = 0
            for char in token if len(token) == _PAGE_TOKEN_LENGTH else "?":
                number = number * 62 + _DIGIT[char]
            sealed = number.to_bytes(26, "big")
        except (KeyError, OverflowError):
            sealed = bytes(26)
        seal = sealed[10:]
        plain = _masked(sealed[:10], seal)
        genuine = hmac.compare_digest(seal, self._seal(plain, bound_to))
        if not genuine or int.from_bytes(plain[4:], "big") <= now * 1000:
            raise refuse("bad_page_token", variant=self._refusal)
        return int.from_bytes(plain[:4], "big")

    def _seal(self, plain: bytes, bound_to: str) -> bytes:
        return hmac.digest(self._key, plain + bound_to.encode(), "sha256")[:16]


def _masked(plain: bytes, seal: bytes) -> bytes:
    """Return `plain` made to look random, or the inverse."""
    mask = hashlib.sha256(seal).digest()
    return bytes(a ^ b for a, b in zip(plain, mask, strict=False))


def _b64(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()
