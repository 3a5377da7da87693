"""What a simulated world is made of, and the TOML file that says it."""

from backrow.simulate.scenario.reading import read_scenario
from backrow.simulate.scenario.schema import (
    FaultPlan,
    Scenario,
    Scope,
    Segment,
    SessionPlan,
)
from backrow.simulate.scenario.writing import default_scenario, schema_page

__all__ = [
    "FaultPlan",
    "Scenario",
    "Scope",
    "Segment",
    "SessionPlan",
    "default_scenario",
    "read_scenario",
    "schema_page",
]
