"""The bot's streams, as the drop-in for threads asks for them."""

from __future__ import annotations

from typing import Protocol

from .._settings import Settings
from .arguments import SpecialTypes
from .kept_streams import KeptStreams
from .lookups import Lookups
from .queries import AnswerReader, Query, recorded_query
from .stream import ChatStream


class Streams(Protocol):
    """All streams by id."""

    def read(self) -> dict[str, ChatStream]: ...

    def renew(self) -> dict[str, ChatStream]: ...


class Directory(Lookups):
    """Asks from threads."""

    def __init__(self, settings: Settings) -> None:
        reader = AnswerReader()
        super().__init__(settings, reader)
        self.kept_streams: Streams = KeptStreams(
            lambda: self.list_streams("GetAllStreams", SpecialTypes.ALL_PLATFORMS), lambda: reader.known_streams
        )

    def record(self, activity: Query) -> ChatStream:
        """The stream of an activity, which is recorded."""
        answer = self._connection.call(activity.method, activity.request, None)
        stream = self._stream(recorded_query(answer))
        assert stream is not None, "the contract has a stream in every answer"
        return stream
