"""What `backrow emulate` says when it is ready."""

from __future__ import annotations

from datetime import UTC, datetime

from backrow.cli.emulate.greeting import greeting
from backrow.simulate.plain import plain_world
from backrow.web.emulated.tokens import Credentials

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()


def test_what_to_try_calls_the_program_as_it_was_called() -> None:
    lines = list(
        greeting(
            "http://127.0.0.1:8765",
            None,
            Credentials(),
            source=plain_world(NOON, seed=7),
            now=NOON,
            program=".venv/bin/backrow",
        )
    )
    tried = lines[lines.index("Try, in another terminal:") :]
    assert "  .venv/bin/backrow qos 94512345678 1670000000" in tried
    assert "  .venv/bin/backrow participants 94512345678" in tried
