"""Servers: the emulated Zoom API, and the world it is asked about."""
