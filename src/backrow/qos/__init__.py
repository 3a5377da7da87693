"""The domain: what is measured, in which unit, of whom. Pure."""
