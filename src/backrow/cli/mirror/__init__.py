"""`backrow mirror-token`, and the mirror of the server."""
