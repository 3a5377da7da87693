"""Zoom's QSS push over any source: what is sent, when, and what becomes of it."""
