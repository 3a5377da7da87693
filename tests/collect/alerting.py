"""Messages, and targets that do as they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backrow.collect.alerts.message import About, Message, message_of
from backrow.collect.alerts.targets import Outcome
from tests.web.pages.frames import finding

NOW = 1_795_000_000.0
DELIVERED = Outcome(delivered=True)
AWAY = Outcome(delivered=False, why="no answer")
REFUSED = Outcome(delivered=False, again=False, why="answered with status 410")


def about(session_uuid: str) -> About:
    return About(uuid=session_uuid, number="945", kind="webinar", topic="Launch")


def message(state: Any = "raised", *, now: float = NOW, **changes: Any) -> Message:
    found = message_of("u", finding(state=state, **changes), now=now)
    assert found is not None
    return found


@dataclass
class Listener:
    """A target that keeps what it is sent, and answers as it is told."""

    name: str = "listener"
    answer: Callable[[], Outcome] = lambda: DELIVERED
    got: list[Message] = field(default_factory=list)
    sessions: set[About] = field(default_factory=set)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def send(self, message: Message, about: About) -> Outcome:
        outcome = self.answer()
        if outcome.delivered:
            self.got.append(message)
            self.sessions.add(about)
        self.came.release()
        return outcome

    @property
    def states(self) -> list[str]:
        return [one.state for one in self.got]
