"""The client: `Zoom` for threads, `AsyncZoom` for tasks, over one sans-I/O core.

::

    with Zoom(account_id=..., client_id=..., client_secret=...) as zoom:
        qos = zoom.webinars.participant_qos("94512345678", "1670000000")

`calls` (with `periods`) says what each method asks and how the answer is read,
`core` holds what both clients share, `shells` carry out the steps of
`backrow.zoom.flow`, and `sessions` and `clients` are what a program sees.
"""

from __future__ import annotations

from backrow.zoom.answers import Answer
from backrow.zoom.auth import API_URL, OAUTH_URL, Token
from backrow.zoom.client.clients import AsyncZoom, Zoom
from backrow.zoom.client.core import CallRecord, Options, Timer
from backrow.zoom.client.sessions import AsyncSessions, Sessions
from backrow.zoom.limits import Budget

__all__ = [
    "API_URL",
    "OAUTH_URL",
    "Answer",
    "AsyncSessions",
    "AsyncZoom",
    "Budget",
    "CallRecord",
    "Options",
    "Sessions",
    "Timer",
    "Token",
    "Zoom",
]
