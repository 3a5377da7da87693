"""`backrow watch`, `backfill` and `budget`: collecting, and what it costs."""
