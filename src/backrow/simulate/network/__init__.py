"""What the network does to everybody in a minute, and what goes wrong with it."""
