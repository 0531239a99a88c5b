"""All streams by id, as plugins read them in a loop: `if stream_id in manager.streams`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from .._writes import WRITES
from .stream import ChatStream

_KEPT_SECONDS = 1.0
"""How old an answer may be. A bot learns of a chat no sooner than that; a list of 10,000 streams takes 3 ms."""


class _Kept(NamedTuple):
    streams: dict[str, ChatStream]
    until: float
    writes: int
    known: int


class KeptStreams:
    """Keeps the dict for a moment, unless this process wrote or met a stream that it did not know."""

    def __init__(self, list_all: Callable[[], list[ChatStream]], count_known: Callable[[], int]) -> None:
        self._list_all = list_all
        self._count_known = count_known
        self._kept: _Kept | None = None

    def read(self) -> dict[str, ChatStream]:
        """The streams as they were a moment ago at most."""
        kept = self._kept
        if (
            kept is not None
            and time.monotonic() < kept.until
            and kept.writes == WRITES.latest
            and kept.known == self._count_known()
        ):
            return kept.streams
        return self.renew()

    def renew(self) -> dict[str, ChatStream]:
        """The streams as they are now."""
        writes = WRITES.latest
        streams = {stream.stream_id: stream for stream in self._list_all()}
        self._kept = _Kept(streams, time.monotonic() + _KEPT_SECONDS, writes, self._count_known())
        return streams
