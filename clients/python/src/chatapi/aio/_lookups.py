"""The bot's streams, as coroutines ask for them."""

from __future__ import annotations

from .._maibot.arguments import SpecialTypes
from .._maibot.queries import (
    AnswerReader,
    Page,
    Query,
    counts_query,
    find_query,
    list_query,
    page_query,
    read_counts,
    stream_query,
)
from .._maibot.stream import ChatStream
from .._settings import Settings
from ..errors import NotFound, ResourceExhausted
from ._connection import Connection


class Lookups:
    """Asks a server, and has `reader` make objects of what it answers."""

    def __init__(self, settings: Settings, reader: AnswerReader) -> None:
        self._connection = Connection(settings)
        self._reader = reader

    async def close(self) -> None:
        """Closes the connection."""
        await self._connection.close()

    async def list_streams(self, method: str, platform: str | SpecialTypes) -> list[ChatStream]:
        """All streams that the call `method` lists, in the order of the server, never cut."""
        query = list_query(method, platform)
        if query is None:
            return []
        try:
            return (await self._page(query)).streams
        except ResourceExhausted as error:
            if error.reason != "ERROR_REASON_LIST_TOO_LARGE":
                raise
        page = await self._page(page_query(query, ""))
        streams = page.streams
        while page.next_page_token:
            page = await self._page(page_query(query, page.next_page_token))
            streams += page.streams
        return streams

    async def find(self, method: str, field: str, value: str, platform: str | SpecialTypes) -> ChatStream | None:
        """The stream of a group or a user; the most recently active one of several."""
        return await self._stream(find_query(method, field, value, platform))

    async def get(self, stream_id: object) -> ChatStream | None:
        """The stream of an id."""
        try:
            return await self._stream(stream_query(stream_id))
        except NotFound:
            return None

    async def counts(self) -> dict[str, int]:
        """How many streams there are, over all platforms."""
        query = counts_query()
        return read_counts(await self._connection.call(query.method, query.request, None))

    async def _stream(self, query: Query | None) -> ChatStream | None:
        return self._reader.stream(await self._connection.call(query.method, query.request, None)) if query else None

    async def _page(self, query: Query) -> Page:
        return self._reader.page(query, await self._connection.call(query.method, query.request, None))
