"""Can they hear me in the back row? Quality of service of Zoom webinars.

::

    from backrow import Zoom

    with Zoom.from_env() as zoom:
        qos = zoom.webinars.participant_qos("94512345678", "1670000000")
        print(qos.latest and qos.latest.audio.received.latency_ms)

Names are loaded when they are first used, so that ``import backrow`` is quick
and a program that only decodes bodies never loads an HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from backrow.lake.kept import open_lake
    from backrow.zoom.client import AsyncZoom, Zoom
    from backrow.zoom.decode import decode, decode_all

__version__ = "0.1.0"

__all__ = ["AsyncZoom", "Zoom", "__version__", "decode", "decode_all", "open_lake"]

_HOME: Final = {
    "AsyncZoom": "backrow.zoom.client",
    "Zoom": "backrow.zoom.client",
    "decode": "backrow.zoom.decode",
    "decode_all": "backrow.zoom.decode",
    "open_lake": "backrow.lake.kept",
}
"""The module that each lazy name lives in."""


def __getattr__(name: str) -> Any:
    """Load and return a public name."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
