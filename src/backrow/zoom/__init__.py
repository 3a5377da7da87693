"""Zoom's wire: its structs, its endpoints, and the client that speaks them.

Everything here but `client` and `ledger` is without I/O: it takes bytes, answers
and `now`, and returns data and decisions.
"""
