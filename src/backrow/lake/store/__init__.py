"""The tables as Delta Lake keeps them: places, failures, locks, reading, commits."""
