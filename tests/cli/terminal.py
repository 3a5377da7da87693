"""A terminal for tests: runs a command in this process and keeps what it says."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from backrow.cli import main
from backrow.cli.context import Connect, Context, clock_of
from backrow.settings import Settings
from backrow.web.testing import EmulatedZoom
from backrow.zoom.client import AsyncZoom, CallRecord, Timer, Zoom

LIVE = "94512345678"
LIVE_UUID = "bR5kfvQ0T9m3nWcXyL8hZg=="
SAMPLE = "1670000000"
ENDED, ENDED_UUID, ENDED_PERSON = (
    "93387654321",
    "mK2wPzXhTf6sB9vLq3RjdA==",
    "1640000001",
)
SLASH_UUID, SLASH_PERSON = "/Vq3JtLkR0ezyXaM5oWb2A==", "1630000001"
SLASHES_UUID, SLASHES_PERSON = "dW8//hBnQeOxT2vYk6RcpA==", "1620000001"
QOS_UUID, QOS_PERSON = "qosT4mZlR8y1uVbNcXe2wA==", "1610000001"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    body: bytes
    """Standard output, byte for byte."""
    err: str

    @property
    def out(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Screen(io.TextIOWrapper):
    """A stream that remembers its bytes, and may be a terminal."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="")
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    def shown(self) -> bytes:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue()


@dataclass(kw_only=True)
class Terminal:
    """Runs commands against an emulated Zoom, or against whatever the settings say."""

    state: Path
    zoom: EmulatedZoom | None = None
    environ: dict[str, str] = field(default_factory=dict)
    folders: Sequence[Path] = ()
    is_terminal: bool = False
    argv0: str = "backrow"
    """The path that the program was called by."""
    calls: list[CallRecord] = field(default_factory=list)

    def run(self, *argv: str, stdin: bytes = b"", **environ: str) -> Ran:
        """Run one command."""
        out = Screen(is_terminal=self.is_terminal)
        err = Screen(is_terminal=self.is_terminal)
        context = Context(
            environ={**self._settings(), **self.environ, **environ},
            stdin=io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"),
            stdout=out,
            stderr=err,
            folders=self.folders,
            connect=self._connect(),
            connect_async=self._connect_async,
            clock=self._clock,
            argv0=self.argv0,
        )
        code = main(argv, context=context)
        return Ran(code, out.shown(), err.shown().decode())

    def _settings(self) -> Mapping[str, str]:
        found = {"BACKROW_STATE": str(self.state), "BACKROW_TZ": "UTC"}
        if self.zoom is None:
            return found
        return found | {
            "ZOOM_API_URL": self.zoom.api_url,
            "ZOOM_OAUTH_URL": self.zoom.oauth_url,
            "ZOOM_ACCOUNT_ID": self.zoom.credentials.account_id,
            "ZOOM_CLIENT_ID": self.zoom.credentials.client_id,
            "ZOOM_CLIENT_SECRET": self.zoom.credentials.client_secret,
            "ZOOM_PLAN": "business",
        }

    def _connect(self) -> Connect:
        def connect(
            settings: Settings, *, on_call: Callable[[CallRecord], None]
        ) -> Zoom:
            def both(call: CallRecord) -> None:
                self.calls.append(call)
                on_call(call)

            if self.zoom is None:
                return Zoom.from_settings(settings, on_call=both)
            return Zoom.from_settings(
                settings,
                transport=self.zoom.transport,
                clock=self.zoom.clock,
                on_call=both,
            )

        return connect

    def _connect_async(
        self, settings: Settings, *, on_call: Callable[[CallRecord], None]
    ) -> AsyncZoom:
        if self.zoom is None:
            return AsyncZoom.from_settings(settings, on_call=on_call)
        return AsyncZoom.from_settings(
            settings,
            transport=self.zoom.async_transport,
            clock=self.zoom.clock,
            on_call=on_call,
        )

    def _clock(self, settings: Settings) -> Timer:
        return clock_of(settings) if self.zoom is None else self.zoom.clock
