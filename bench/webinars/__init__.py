"""How often a simulated webinar's faults are found, how soon, and how much else.

    python -m bench.webinars [--people 200 500 2000] [--seeds 30] [--first-seed 5000]
                             [--cells strong calm] [--feed complete] [--records FILE]

Each cell is a kind of webinar (`cells.CELLS`): strong and weak faults, two at once,
faults of the stage, faults that are there from the first minute, none at all, and noisy
ones. Each webinar is played whole and told to a `Tracker` minute by minute; complete
ones are also diagnosed once more as a whole (`diagnose`), as after the event.

A finding is *right* if its cause is that of a fault (or it names the fault's scope among
those it cannot tell apart), both overlap in time, and three in five of those it calls
affected are the fault's. A fault is *found* if a finding is right about it.

Seeds below 5000 were used while the method and its thresholds were settled, 5000 and
above for reporting; the default reports. What is fed (`--feed`):

- `complete`: every minute of everybody, a minute late;
- `collected`: what the planner's calls bring (`collected.Collector`): Zoom's words of
  everybody, and minutes of as many as its day of calls affords, live answers holding the
  last minute only;
- `history`: the same, live answers holding all minutes since joining.

With `--records` each webinar's outcome is a line of JSON in a file, and webinars that
stand there already are not played again: a long run can be made in pieces.
"""
