"""`backrow demo`: a town hall that never was, collected and shown, with one command."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final

import anyio
from cyclopts import Parameter
from starlette.types import Receive, Scope, Send

from backrow.cli.collect.collecting import Collector, Job, Spending
from backrow.cli.context import Context, Given, JudgingFlags, Zone
from backrow.cli.pages.assembly import Shown, pages_of
from backrow.cli.pages.emulating import Emulated, emulating
from backrow.cli.pages.following import Follower
from backrow.cli.pages.town_hall import MINUTES, town_hall
from backrow.cli.write import plain
from backrow.errors import UsageError
from backrow.qos.people import Session
from backrow.settings import Settings, load
from backrow.web import serving
from backrow.web.app import create_app
from backrow.web.pages.keys import session_url
from backrow.web.pages.report import report_html
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.picture import picture_of
from backrow.web.pages.views.room import Look, headline_of, sentence_of
from backrow.zoom.client import AsyncZoom

PORT: Final = 8000
_PORT_MAX: Final = 65_535
_PEOPLE_MAX: Final = 20_000
_SPEED_MAX: Final = 600.0
_SPENDING: Final = Spending(leave=0.85, singles=90, last=MINUTES)
"""At sixty times the speed nobody can ask 2,000 people each minute: the presenters are
asked, and people by lot. Smaller rooms are asked whole."""
_SECRET: Final = "demo"  # noqa: S105 - the emulated account's
_SAY_EVERY: Final = timedelta(minutes=5)
_LOOK_S: Final = 0.2


def demo(
    *,
    participants: int = 2000,
    speed: float = 60.0,
    seed: int = 7,
    port: Annotated[int | None, Parameter(show_default=False)] = None,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
    context: Given,
) -> int:
    """Play a town hall that never was, collect it, and show it, without an account.

    An emulated Zoom, the collector and the pages start together, with a lake of their
    own that goes when they go. Things go wrong in it: see whether the page names them.
    When the town hall is over its report is written, and the page stays up. Ctrl-C
    ends it.

    **Examples**

    - `backrow demo`
    - `backrow demo --participants 300 --speed 20`

    Args:
        participants: People in the audience.
        speed: 60 plays the hour in a minute.
        seed: The same seed makes the same people.
        port: Where the pages are; 8000, or any free one if that is taken.
        browser: Open a browser, if there is one.
        context: What the command has to work with.
    """
    if not 1 <= participants <= _PEOPLE_MAX:
        raise UsageError(f"expected 1 to {_PEOPLE_MAX:,} people, got {participants:,}")
    if not 0 < speed <= _SPEED_MAX:
        raise UsageError(f"expected a speed to {_SPEED_MAX:g}, got {speed:g}")
    if port is not None and not 0 <= port <= _PORT_MAX:
        raise UsageError(f"expected a port from 0 to {_PORT_MAX}, got {port}")
    if not 0 <= seed < 2**63:
        raise UsageError(f"expected a seed from 0 to {2**63 - 1}, got {seed}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends in order too
    with (
        suppress(KeyboardInterrupt),
        _listening(port) as listening,
        _folder() as folder,
    ):
        context.say(f"Making a town hall of {participants:,} people ...")
        scenario = town_hall(attendees=participants, seed=seed)
        with emulating(scenario, speed=speed) as zoom:
            settings = _settings(zoom, folder, tz=context.environ.get("BACKROW_TZ"))
            demo = _Demo(context, settings, seed=seed)
            with serving.beside(demo.app(), listening):
                url = serving.url_of(listening)
                context.say(f"Backrow is at {url} - Ctrl-C ends it")
                if browser:
                    _open(url, context)
                demo.play(url)
    context.say("The demo is over; its lake is gone.")
    return 0


@dataclass(slots=True)
class _Demo:
    """What is played."""

    context: Context
    settings: Settings
    seed: int
    live: LiveSessions = field(default_factory=LiveSessions)
    _shown: Shown | None = None
    _said_at: datetime | None = None
    _found: dict[str, str] = field(default_factory=dict)
    """State of each finding as it was said last."""

    @property
    def shown(self) -> Shown:
        """The pages."""
        if self._shown is None:
            self._shown = pages_of(self.settings, live=self.live)
        return self._shown

    def app(self) -> Any:
        """Return the app of the pages."""
        return create_app(
            webhook=_no_webhook,
            health=lambda: {"ok": True},
            tasks=(self.shown.task,),
            pages=self.shown.pages,
        )

    def play(self, url: str) -> None:
        """Collect until the town hall is complete; then write its report and stay."""
        job = Job(
            context=self.context,
            flags=JudgingFlags(),
            settings=self.settings,
            options=_SPENDING.options(self.settings, "webinar"),
            what="backrow demo",
        )
        job.run(_nothing, self._show)
        kept = pages_of(self.settings).pages  # looks at the lake as it is now
        ended = [
            one.occurrence.uuid
            for one in kept.source.listed()
            if one.occurrence.state == "complete"
        ]
        if not ended:  # it was stopped
            return
        uuid = ended[0]
        room = kept.source.snapshot(uuid)
        now = datetime.fromtimestamp(kept.clock.now(), UTC)
        look = Look(now=now, zone=kept.zone)
        self.context.say(
            plain(sentence_of(room, picture_of(room, None), look), longest=600)
        )
        self.context.say(f"The report is {self._report(room, look)}")
        self.context.say(f"The page stays at {url}{session_url(uuid)} - Ctrl-C ends it")
        Event().wait()

    def _report(self, room: Snapshot, look: Look) -> Path:
        body = report_html(room, look)
        path = Path(tempfile.gettempdir()) / f"backrow-demo-{self.seed}.html"
        path.write_bytes(body)
        return path

    async def _show(self, collector: Collector) -> None:
        """Fill the pages, and say on the terminal how it goes, until cancelled."""
        async with anyio.create_task_group() as group:
            group.start_soon(Follower(self.live).follow, collector)
            while True:
                for view in collector.poller.rooms.views:
                    self._say_room(view.session_uuid)
                    for one in view.findings:
                        self._say_finding(one.id, one.state, one.sentence)
                await anyio.sleep(_LOOK_S)

    def _say_room(self, uuid: str) -> None:
        """Say the page's first sentences every few minutes."""
        if not self.live.has(uuid):
            return
        snapshot = self.live.snapshot(uuid)
        minute, last = snapshot.newest_minute, self._said_at
        if snapshot.occurrence.state != "live" or minute is None:
            return  # how it was is said when everybody's minutes are there
        if last is not None and minute - last < _SAY_EVERY:
            return
        self._said_at = minute
        sentence = headline_of(snapshot, picture_of(snapshot, minute))
        local = Zone(self.settings.tz).local(minute)
        self.context.say(f"{local:%H:%M} {plain(sentence)}")

    def _say_finding(self, id_: str, state: str, sentence: str) -> None:
        before = self._found.get(id_)
        if before is None or (state == "cleared" and before != state):
            what = "cleared" if state == "cleared" else "raised"
            self.context.say(f"  {what}: {plain(sentence, longest=200)}")
        self._found[id_] = state


async def _nothing(_: AsyncZoom) -> Sequence[tuple[Session, int]]:
    """Return no ended session: the demo's is about to begin."""
    return ()


async def _no_webhook(_: Scope, __: Receive, send: Send) -> None:
    """Answer that the demo takes no events."""
    head = {"type": "http.response.start", "status": 404, "headers": []}
    await send(head)
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def _listening(port: int | None) -> Iterator[Any]:
    """Give a socket that listens on `port`, or on the usual one or any."""
    try:
        listening = serving.listen("127.0.0.1", PORT if port is None else port)
    except UsageError:
        if port is not None:
            raise
        listening = serving.listen("127.0.0.1", 0)
    with listening:
        yield listening


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder for lake and state, and take it away when the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="backrow-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(zoom: Emulated, folder: Path, *, tz: str | None) -> Settings:
    """Return settings that point at the emulated Zoom, and at nothing of the user's."""
    sites = folder / "sites.csv"
    rows = [f'"{name}",{prefix}' for name, prefix in zoom.sites]
    sites.write_text("\n".join(["site,public", *rows, ""]), encoding="utf-8")
    values = {
        "account_id": _SECRET,
        "client_id": _SECRET,
        "client_secret": _SECRET,
        "api_url": f"{zoom.url}/v2",
        "oauth_url": f"{zoom.url}/oauth/token",
        "plan": "business",
        "lake": str(folder / "lake"),
        "state": str(folder / "state"),
        "sites": str(sites),
        "clock": zoom.clock,
        "tz": tz,
    }
    return load(values, {})


def _open(url: str, context: Context) -> None:
    """Open a browser with a window, if there is one."""
    shows = sys.platform in {"win32", "darwin"} or any(
        context.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if shows:
        with suppress(webbrowser.Error):
            webbrowser.open(url)
