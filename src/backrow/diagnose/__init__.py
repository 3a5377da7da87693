"""What is wrong, for whom, since when, and where it starts. Pure: frames in, findings out.

The way from minutes to a sentence:

    minutes ─ score ─ classify ─┬─ episodes          bad minutes with hysteresis
                                └─ room ─ causes ─ verdict ─ live   findings

`score`, `classify` and `episodes` are Narwhals expressions over lazy frames, so
the same code runs on a live window and a lake (Polars) and on a cluster (Spark).
Causes are found with NumPy on coded arrays. Nothing here reads a clock, a file
or a socket, and every threshold stands in one table (`thresholds`).

`frames` says which columns the frames must have.
"""
