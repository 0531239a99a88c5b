"""Notes that this process wrote, so that what it keeps of a directory is not older than its own writes."""

from __future__ import annotations

import itertools


class Writes:
    """Counts writes of all clients of this process, answered or not."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.latest = 0
        """Another number after each write."""

    def note(self) -> None:
        """Notes that a write came to its end."""
        self.latest = next(self._numbers)


WRITES = Writes()
