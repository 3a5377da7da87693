"""The mirror over the lake and the tokens that the settings name."""

from __future__ import annotations

from backrow.clock import Clock
from backrow.lake.kept import open_lake
from backrow.lake.window import Window
from backrow.settings import Settings
from backrow.web.mirror.api import Mirror
from backrow.web.mirror.door import Door
from backrow.web.mirror.shelf import Shelf
from backrow.web.mirror.tokens import Keys, TokenFile


def mirror_of(settings: Settings, *, window: Window | None = None) -> Mirror:
    """Return the mirror.

    Args:
        settings: Name the lake, the folder of the tokens, and the clock.
        window: The last minutes of what this process collects.
    """
    real = Clock()
    return Mirror(
        shelf=Shelf(open_lake(settings.lake), clock=real, window=window),
        door=Door(Keys(TokenFile(settings.state))),
        clock=Clock.parse(settings.clock),
        real=real,
    )
