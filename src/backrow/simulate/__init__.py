"""Webinars that never were: seeded, pure, without a clock."""
