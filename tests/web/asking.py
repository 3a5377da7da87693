"""Asks an emulated Zoom through ASGI, as any HTTP client would."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx2

from backrow.web.source import Source
from backrow.web.testing import EmulatedZoom, HandClock
from backrow.web.zoom_api import parse_options

GRANT = {"grant_type": "account_credentials", "account_id": "demo"}


class Asking:
    """A Zoom with the given options, and what it answers."""

    def __init__(
        self,
        clock: HandClock | None = None,
        *,
        source: Source | None = None,
        **options: object,
    ) -> None:
        self.zoom = EmulatedZoom(source, clock=clock, options=parse_options(options))
        self.clock = self.zoom.clock
        self.token = ""

    def http(self) -> httpx2.AsyncClient:
        """Return a client that reaches this Zoom."""
        transport = self.zoom.async_transport
        return httpx2.AsyncClient(transport=transport, base_url=self.zoom.host)

    async def grant(
        self,
        form: dict[str, str] = GRANT,
        *,
        auth: tuple[str, str] | None = ("demo", "demo"),
        **query: str,
    ) -> httpx2.Response:
        """Ask for an access token."""
        async with self.http() as http:
            return await http.post("/oauth/token", data=form, auth=auth, params=query)

    async def get(self, path: str, **query: object) -> httpx2.Response:
        """Ask with a token that is granted at the first call."""
        if not self.token:
            self.token = (await self.grant()).json()["access_token"]
        return await self.get_as(f"Bearer {self.token}", path, **query)

    async def get_as(
        self, authorization: str, path: str, **query: object
    ) -> httpx2.Response:
        """Ask with this `Authorization`; none is sent if it is empty."""
        async with self.http() as http:
            return await metrics(http, path, authorization, **query)

    async def walk(
        self, path: str, *, key: str = "participants", **query: object
    ) -> list[Any]:
        """Return the items of all pages."""
        return await walked(partial(self.get, path, **query), key)


async def metrics(
    http: httpx2.AsyncClient, path: str, authorization: str, **query: object
) -> httpx2.Response:
    """Ask for a path below ``/v2/metrics``; `from_` is Zoom's `from`."""
    params = {name.rstrip("_"): str(value) for name, value in query.items()}
    headers = {"authorization": authorization} if authorization else {}
    return await http.get(f"/v2/metrics{path}", params=params, headers=headers)


async def walked(
    ask: Callable[..., Awaitable[httpx2.Response]], key: str = "participants"
) -> list[Any]:
    """Return the items of all pages that asking gives."""
    items: list[Any] = []
    token = ""
    while True:
        more = {"next_page_token": token} if token else {}
        body = (await ask(**more)).json()
        items += body[key]
        token = body["next_page_token"]
        if not token:
            return items


def error(response: httpx2.Response) -> tuple[int, int, str]:
    """Return status, code and message of a refusal."""
    body = response.json()
    return response.status_code, body["code"], body["message"]
