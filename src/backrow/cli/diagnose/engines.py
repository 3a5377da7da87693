"""What can compute a diagnosis, by name."""

from __future__ import annotations

from typing import Literal

from backrow.judge.engine import Engine, one_machine

EngineName = Literal["polars", "spark"]


def engine_of(name: EngineName, master: str) -> Engine:
    """Return the engine of a name.

    Args:
        name: Which.
        master: Where a cluster is, for engines that run on one.
    """
    if name == "spark":
        from backrow.cluster.engine import spark_engine  # noqa: PLC0415 - seldom needed

        return spark_engine(master)
    return one_machine
