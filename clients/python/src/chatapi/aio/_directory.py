"""The bot's streams, as the drop-in for coroutines asks for them."""

from __future__ import annotations

from .._maibot.queries import Query
from .._maibot.stream import ChatStream
from ._lookups import Lookups


class Directory(Lookups):
    """Asks from one event loop. What it learns it shares with the other directories of its reader."""

    async def open(self, query: Query) -> tuple[ChatStream, bool]:
        """The stream that an `open_query` asks for, and whether this call created it."""
        answer = await self._connection.call(query.method, query.request, None)
        stream = self._reader.stream(answer)
        assert stream is not None, "the contract has a stream in every answer"
        return stream, answer.created
