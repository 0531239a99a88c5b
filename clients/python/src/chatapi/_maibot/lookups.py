# Written by scripts/twins.py from ../aio/_lookups.py: change that file and run the script.
"""The bot's streams, as threads ask for them."""

from __future__ import annotations

from .._connection import Connection
from .._settings import Settings
from ..errors import NotFound, ResourceExhausted
from .arguments import SpecialTypes
from .queries import (
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
from .stream import ChatStream


class Lookups:
    """Asks a server, and has `reader` make objects of what it answers."""

    def __init__(self, settings: Settings, reader: AnswerReader) -> None:
        self._connection = Connection(settings)
        self._reader = reader

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def list_streams(self, method: str, platform: str | SpecialTypes) -> list[ChatStream]:
        """All streams that the call `method` lists, in the order of the server, never cut."""
        query = list_query(method, platform)
        if query is None:
            return []
        try:
            return (self._page(query)).streams
        except ResourceExhausted as error:
            if error.reason != "ERROR_REASON_LIST_TOO_LARGE":
                raise
        page = self._page(page_query(query, ""))
        streams = page.streams
        while page.next_page_token:
            page = self._page(page_query(query, page.next_page_token))
            streams += page.streams
        return streams

    def find(self, method: str, field: str, value: str, platform: str | SpecialTypes) -> ChatStream | None:
        """The stream of a group or a user; the most recently active one of several."""
        return self._stream(find_query(method, field, value, platform))

    def get(self, stream_id: object) -> ChatStream | None:
        """The stream of an id."""
        try:
            return self._stream(stream_query(stream_id))
        except NotFound:
            return None

    def counts(self) -> dict[str, int]:
        """How many streams there are, over all platforms."""
        query = counts_query()
        return read_counts(self._connection.call(query.method, query.request, None))

    def _stream(self, query: Query | None) -> ChatStream | None:
        return self._reader.stream(self._connection.call(query.method, query.request, None)) if query else None

    def _page(self, query: Query) -> Page:
        return self._reader.page(query, self._connection.call(query.method, query.request, None))
