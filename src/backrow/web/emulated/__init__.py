"""The emulated Zoom API without its socket: requests in, answers out, `now` given."""
