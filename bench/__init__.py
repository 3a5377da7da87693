"""Benchmarks: ratios in one run, printed, never asserted."""
