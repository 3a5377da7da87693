"""What everybody sends and receives in a minute, and what their machine says."""
