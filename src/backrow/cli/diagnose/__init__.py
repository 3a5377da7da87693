"""`backrow diagnose`: what was wrong in a session, for whom, and why."""
