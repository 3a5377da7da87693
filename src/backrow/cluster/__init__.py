"""SHELL: diagnosis on an Apache Spark cluster, for sessions too large for one machine.

`engine` is what `backrow diagnose --engine spark` calls: the cluster reads the lake's
tables (`tables`), scores, classes and finds episodes with the very expressions that
Polars runs here; compact rows come back to this process, where the scan finds the
causes. `session` starts Spark and leaves nothing behind.

Nothing of Backrow, and no Python, is needed on the cluster's machines.
"""
