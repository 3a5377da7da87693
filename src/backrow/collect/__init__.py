"""Collecting: what Zoom is asked, what it pushes and what was saved, into the lake."""
