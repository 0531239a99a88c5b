"""How many streams a page has."""

DEFAULT_PAGE_SIZE = 1000
"""Streams that are asked for at a time, by iterators and by lists that are too large for one answer."""
