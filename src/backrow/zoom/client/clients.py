"""`Zoom`, for programs with threads or with none, and `AsyncZoom`, for tasks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Self, Unpack

import httpx2

from backrow import settings as settings_module
from backrow.settings import Settings
from backrow.zoom.answers import Answer
from backrow.zoom.auth import Token
from backrow.zoom.client.calls import Id, raw_call
from backrow.zoom.client.core import Core, Options, options_of
from backrow.zoom.client.sessions import AsyncSessions, Sessions
from backrow.zoom.client.shells import AsyncShell, Shell
from backrow.zoom.endpoints import Endpoint
from backrow.zoom.limits import Budget
from backrow.zoom.wire.lists import Meeting, MeetingParticipant, Participant, Webinar


class Zoom:
    """Reads participants' QoS from Zoom; safe to share between threads.

    ::

        with Zoom(access_token=token) as zoom:
            for qos in zoom.webinars.participants_qos(uuid, type="past"):
                print(qos.person.user_name, qos.latest)

    It keeps the account's rate limits by waiting, renews its token, and tries GET
    requests again. Everything that Zoom refuses is a `ZoomError`.
    """

    def __init__(
        self,
        *,
        transport: httpx2.BaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        """Take credentials and options; nothing is opened or sent.

        Args:
            transport: Carries the requests instead of the network, such as an
                `httpx2.MockTransport`.
            **options: See `Options`. They must hold `access_token`, or
                `account_id`, `client_id` and `client_secret`.

        Raises:
            SettingsError: An option is missing or malformed.
        """
        core = Core(**options)
        self._shell = Shell(core, transport)
        self.webinars: Sessions[Webinar, Participant] = Sessions(
            self._shell, core.place("webinar")
        )
        """Calls about webinars."""
        self.meetings: Sessions[Meeting, MeetingParticipant] = Sessions(
            self._shell, core.place("meeting")
        )
        """The same about meetings."""

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        transport: httpx2.BaseTransport | None = None,
        **overrides: Unpack[Options],
    ) -> Self:
        """Return a client with settings from environment variables.

        Args:
            environ: By default the environment of this process.
            transport: As for `Zoom`.
            **overrides: Options that win over the environment.

        Raises:
            SettingsError: A variable is missing or malformed.
        """
        found = settings_module.load({}, os.environ if environ is None else environ)
        return cls.from_settings(found, transport=transport, **overrides)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        transport: httpx2.BaseTransport | None = None,
        **overrides: Unpack[Options],
    ) -> Self:
        """Return a client with these settings; `overrides` win over them."""
        options: Options = {**options_of(settings), **overrides}
        return cls(transport=transport, **options)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Return where it calls and for whom; no secret."""
        return f"<Zoom {self._shell.core}>"

    def close(self) -> None:
        """Close connections and the ledger."""
        self._shell.close()

    @property
    def budget(self) -> Budget:
        """What is left of the account's heavy calls today, as far as is known."""
        return self._shell.core.budget()

    def access_token(self) -> str:
        """Return an access token, renewed if it is about to end.

        Raises:
            AuthError: Zoom refuses the credentials.
        """
        return self.token().value

    def token(self) -> Token:
        """Return the same with its scopes, address and end."""
        return self._shell.token()

    def call_raw(
        self,
        endpoint: Endpoint,
        *,
        session: Id = "",
        participant: Id = "",
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return Zoom's answer to any call of ENDPOINTS, its body untouched.

        Raises:
            ZoomError: Zoom refused; the error holds status, headers and body.
        """
        what = raw_call(endpoint, session, participant, query or {})
        return self._shell.call(what)


class AsyncZoom:
    """Reads participants' QoS from Zoom: `Zoom` for tasks.

    ::

        async with AsyncZoom(access_token=token) as zoom:
            async for qos in zoom.webinars.participants_qos(uuid, type="past"):
                print(qos.person.user_name, qos.latest)

    Names, arguments and errors are those of `Zoom`.
    """

    def __init__(
        self,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        """Take credentials and options, as `Zoom`; nothing is opened or sent.

        Args:
            transport: Carries the requests instead of the network, such as an
                `httpx2.ASGITransport`.
            **options: See `Options`.

        Raises:
            SettingsError: An option is missing or malformed.
        """
        core = Core(**options)
        self._shell = AsyncShell(core, transport)
        self.webinars: AsyncSessions[Webinar, Participant] = AsyncSessions(
            self._shell, core.place("webinar")
        )
        """Calls about webinars."""
        self.meetings: AsyncSessions[Meeting, MeetingParticipant] = AsyncSessions(
            self._shell, core.place("meeting")
        )
        """The same about meetings."""

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        **overrides: Unpack[Options],
    ) -> Self:
        """Return a client with settings from environment variables."""
        found = settings_module.load({}, os.environ if environ is None else environ)
        return cls.from_settings(found, transport=transport, **overrides)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        **overrides: Unpack[Options],
    ) -> Self:
        """Return a client with these settings; `overrides` win over them."""
        options: Options = {**options_of(settings), **overrides}
        return cls(transport=transport, **options)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        await self.close()

    def __repr__(self) -> str:
        """Return where it calls and for whom; no secret."""
        return f"<AsyncZoom {self._shell.core}>"

    async def close(self) -> None:
        """Close connections and the ledger."""
        await self._shell.close()

    @property
    def budget(self) -> Budget:
        """What is left of the account's heavy calls today, as far as is known."""
        return self._shell.core.budget()

    async def access_token(self) -> str:
        """Return an access token, renewed if it is about to end."""
        return (await self.token()).value

    async def token(self) -> Token:
        """Return the same with its scopes, address and end."""
        return await self._shell.token()

    async def call_raw(
        self,
        endpoint: Endpoint,
        *,
        session: Id = "",
        participant: Id = "",
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return Zoom's answer to any call of ENDPOINTS, its body untouched."""
        what = raw_call(endpoint, session, participant, query or {})
        return await self._shell.call(what)
