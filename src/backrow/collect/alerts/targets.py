"""Where alerts go: webhooks of one's own, and what apprise knows.

An address that begins with ``https://`` or ``http://`` is a webhook: it gets JSON,
signed as Zoom signs its own events. Every other address is apprise's
(``slack://``, ``mailtos://``, ``ntfys://`` and a hundred more); apprise is loaded when
there is one.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import httpx2

from backrow import __version__
from backrow.clock import Clock
from backrow.collect.alerts.message import About, Message, State, as_json, as_text
from backrow.errors import MissingExtraError, SettingsError
from backrow.settings import SETTING, Settings
from backrow.zoom.webhook import Seal

if TYPE_CHECKING:
    from httpx2 import BaseTransport

SIGNATURE: Final = "x-backrow-signature"
TIMESTAMP: Final = "x-backrow-request-timestamp"
DELIVERY: Final = "x-backrow-delivery"
HEADERS: Final[Mapping[str, str]] = {
    "content-type": "application/json",
    TIMESTAMP: "when it was signed, unix seconds",
    SIGNATURE: "v0= and the HMAC-SHA256 of v0:timestamp:body, hexadecimal",
    DELIVERY: "names the message; the same each time it is tried",
}
"""The headers of a webhook's request, in lower case, and what they hold."""
TIMEOUT_S: Final = 10.0
_AGAIN: Final = frozenset({408, 425, 429})
"""Statuses below 500 after which another try may help."""
_KINDS: Final[Mapping[State, str]] = {
    "raised": "warning",
    "updated": "info",
    "cleared": "success",
    "test": "info",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one try."""

    delivered: bool
    again: bool = True
    """Whether another try may help."""
    why: str = ""
    """Why it was not delivered; without any address or secret."""
    after_s: float = 0.0
    """How long the target asked to be left alone."""


class Target(Protocol):
    """One place that is told."""

    @property
    def name(self) -> str:
        """What to call it; never its address."""
        ...

    def send(self, message: Message, about: About) -> Outcome:
        """Try once."""
        ...


class Webhook:
    """A program that takes JSON."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        seal: Seal,
        clock: Clock,
        transport: BaseTransport | None = None,
    ) -> None:
        """Send nothing yet.

        Args:
            url: Where it is.
            name: What to call it.
            seal: Signs.
            clock: The real one, by which it is signed.
            transport: Carries requests; None for the network.
        """
        self.name = name
        self._url = url
        self._seal = seal
        self._clock = clock
        self._http = httpx2.Client(transport=transport, timeout=TIMEOUT_S)

    def send(self, message: Message, about: About) -> Outcome:
        """Post it once."""
        body = as_json(message, about)
        timestamp = str(int(self._clock.now()))
        headers = {
            "content-type": HEADERS["content-type"],
            "user-agent": f"backrow/{__version__}",
            TIMESTAMP: timestamp,
            SIGNATURE: self._seal.signature(timestamp, body),
            DELIVERY: message.delivery,
        }
        try:
            answer = self._http.post(self._url, content=body, headers=headers)
        except httpx2.TransportError as exc:
            return Outcome(delivered=False, why=f"no answer ({type(exc).__name__})")
        status = answer.status_code
        if answer.is_success:
            return Outcome(delivered=True)
        return Outcome(
            delivered=False,
            again=status >= 500 or status in _AGAIN,
            why=f"answered with status {status}",
            after_s=_seconds(answer.headers.get("retry-after", "")),
        )


class Service:
    """A service that apprise knows."""

    def __init__(self, apprise: Any, service: Any, *, name: str) -> None:
        """Send nothing yet.

        Args:
            apprise: The module.
            service: What apprise has made of an address.
            name: What to call it.
        """
        self.name = name
        self._to = apprise.Apprise()
        self._to.add(service)

    def send(self, message: Message, about: About) -> Outcome:
        """Let apprise send it."""
        title, text = as_text(message, about)
        kind = _KINDS[message.state]
        if self._to.notify(
            title=title, body=text, notify_type=kind, body_format="text"
        ):
            return Outcome(delivered=True)
        return Outcome(delivered=False, why="apprise could not deliver it")


def targets_of(
    settings: Settings, *, clock: Clock, transport: BaseTransport | None = None
) -> list[Target]:
    """Return the targets that settings name; none if they name none.

    Args:
        settings: Hold the addresses, and the secret of webhooks.
        clock: The real one.
        transport: Carries webhooks; None for the network.

    Raises:
        SettingsError: An address is none, or a webhook has no secret to sign with.
        MissingExtraError: apprise is not installed, and an address is for it.
    """
    text = "" if settings.alerts is None else settings.alerts.reveal()
    return list(_targets(text.split(), settings, clock, transport))


def _targets(
    urls: Sequence[str],
    settings: Settings,
    clock: Clock,
    transport: BaseTransport | None,
) -> Iterator[Target]:
    for number, url in enumerate(urls, 1):
        scheme, _, rest = url.partition("://")
        if not rest:
            raise _wrong(number, "expected a URL such as https://… or slack://…")
        if scheme.lower() not in {"http", "https"}:
            yield _service(url, number)
            continue
        if settings.alerts_secret is None:
            variable = SETTING["alerts_secret"].env
            raise _wrong(
                number, f"{variable} is not set, with which webhooks are signed"
            )
        seal = Seal(settings.alerts_secret.reveal())
        name = f"webhook {_host(url, number)} (no. {number})"
        yield Webhook(url, name=name, seal=seal, clock=clock, transport=transport)


def _service(url: str, number: int) -> Service:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what it is made of
        try:
            import apprise  # noqa: PLC0415 - an extra, and slow to load
        except ImportError as exc:
            raise MissingExtraError("apprise", extra="app") from exc
        asset = apprise.AppriseAsset(app_id="Backrow", app_desc="Backrow", app_url="")
        _silence()
        service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise _wrong(
            number, "apprise does not know such a URL, or something is missing"
        )
    return Service(apprise, service, name=f"{service.service_name} (no. {number})")


def _silence() -> None:
    """Keep apprise's warnings to itself: they may hold what is secret."""
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _host(url: str, number: int) -> str:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        raise _wrong(number, "expected a URL with a host")
    return host


def _wrong(number: int, what: str) -> SettingsError:
    """Return the error of an address, which is not shown: it may hold a secret."""
    return SettingsError(f"{what} - URL no. {number} in {SETTING['alerts'].env}")


def _seconds(text: str) -> float:
    """Return the seconds of a Retry-After; 0 if it has none."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0.0
