"""What each page says: pure functions from snapshots to data ready for JSON."""
