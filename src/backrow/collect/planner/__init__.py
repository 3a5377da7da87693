"""Which calls to make next, so that a room is seen well and the day's calls last.

The planner knows no network and no clock: `Planner.next_calls` gives the calls to
make now, `learn` takes what became of one, `next_at` says when to ask again. The
same inputs give the same calls.

1. *Discover*: the list of live sessions, once a minute.
2. *Sweep*: the participants list, each minute: who is there, and Zoom's own words.
3. *Everyone, if it fits*: a walk over the QoS list each minute, where that fits the
   day for the time left.
4. *Else draw*: hosts and panelists each minute, a stratified random draw, and
   suspects in rotation, all by calls about one participant; a walk over the list
   instead where more than a tenth look bad.
5. *Complete*: after the end a walk over the list of `past`, which brings every
   minute of everyone. Its calls are put aside first.

A name that was asked for and does not run is looked for in Zoom's past, so that what
has ended, or is unknown, is not waited for in silence.

docs/decisions/0009 has the reasons.
"""

from backrow.collect.planner.calls import Options, PlannedCall, Purpose, Result, Visit
from backrow.collect.planner.core import Planner
from backrow.collect.planner.crowd import looks_bad
from backrow.collect.planner.purse import left_for_us
from backrow.collect.planner.share import Estimate, estimate
from backrow.collect.planner.watched import Awaited, Phase, Watched, pass_calls

__all__ = [
    "Awaited",
    "Estimate",
    "Options",
    "Phase",
    "PlannedCall",
    "Planner",
    "Purpose",
    "Result",
    "Visit",
    "Watched",
    "estimate",
    "left_for_us",
    "looks_bad",
    "pass_calls",
]
