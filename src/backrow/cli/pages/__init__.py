"""Commands that make or serve what people look at, and what they share."""
