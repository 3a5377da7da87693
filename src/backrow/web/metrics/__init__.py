"""What `/metrics` tells Prometheus: one table of series, and what fills it."""
