"""How many streams a page has."""

DEFAULT_PAGE_SIZE = 1000
"""Streams that an iterator asks for at a time."""
MAX_PAGE_SIZE = 10_000
"""The largest page of the contract."""
