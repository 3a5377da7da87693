"""Who takes part in a simulated session: people, where they are, when they come."""
