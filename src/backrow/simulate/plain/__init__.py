"""A few plain webinars and meetings from a seed, to try every call on."""

from backrow.simulate.plain.world import EVENTS, PlainSource, plain_world

__all__ = ["EVENTS", "PlainSource", "plain_world"]
