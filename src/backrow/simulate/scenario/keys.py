"""What every table of a scenario is declared with: keys and their ranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, field
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
"""A part of a whole, 0 to 1."""
Weight = Annotated[float, Meta(ge=0, le=1e9)]
"""How often something is drawn, beside the others of its table."""
Factor = Annotated[float, Meta(ge=0, le=20)]
"""What a figure is multiplied with; 1 leaves it alone."""
Count = Annotated[int, Meta(ge=0, le=200_000)]
Minutes = Annotated[float, Meta(ge=0, le=1440)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Instant = Annotated[datetime, Meta(tz=True)]


def key(
    meaning: str, default: object = MISSING, *, make: Callable[[], object] | None = None
) -> Any:
    """Return a dataclass field that knows what it means.

    Args:
        meaning: One line for the default scenario and the docs.
        default: What holds if the file does not say; none: the key is required.
        make: Makes the default, where that is a table.
    """
    about = {"meaning": meaning}
    if make is not None:
        return field(default_factory=make, metadata=about)
    if default is MISSING:
        return field(metadata=about)
    return field(default=default, metadata=about)
