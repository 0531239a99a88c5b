"""Several servers behind one name."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from in_process import serving

from chatapi._connection import Connection
from chatapi._methods import METHODS
from chatapi._settings import Settings, read_settings
from chatapi.aio._connection import Connection as AioConnection
from chatapi.v1 import chat_api_pb2 as pb

METHOD = METHODS["GetStreamsSummary"]
SECONDS = 30.0


def leading_to(*addresses: str) -> Settings:
    """As of a client whose name server knows all of the addresses for one name."""
    settings = read_settings(addresses[0])
    return replace(settings, address=replace(settings.address, target=f"ipv4:{','.join(addresses)}", named=True))


class Servers:
    """Three of them, and which have been asked."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.asked: set[int] = set()
        self._stops = [stack.enter_context(contextlib.ExitStack()) for _ in range(3)]
        self.addresses = [stop.enter_context(serving(self._answers(n))) for n, stop in enumerate(self._stops)]

    def _answers(self, number: int) -> Any:
        def answer(_request: bytes, _context: Any) -> bytes:
            self.asked.add(number)
            return b""

        return {"GetStreamsSummary": answer}

    def stop(self, number: int) -> None:
        self._stops[number].close()

    def unheard(self, expected: set[int]) -> Iterator[None]:
        """Until all of them were asked since."""
        self.asked.clear()
        deadline = time.monotonic() + SECONDS
        while self.asked != expected:
            assert time.monotonic() < deadline, f"asked: {self.asked}, expected: {expected}"
            yield


@pytest.fixture
def servers() -> Iterator[Servers]:
    with contextlib.ExitStack() as stack:
        yield Servers(stack)


def test_all_are_asked_in_turn_from_threads(servers: Servers) -> None:
    connection = Connection(leading_to(*servers.addresses))
    for _ in servers.unheard({0, 1, 2}):
        connection.call(METHOD, pb.GetStreamsSummaryRequest(), None)
    servers.stop(1)
    for _ in servers.unheard({0, 2}):
        connection.call(METHOD, pb.GetStreamsSummaryRequest(), None)
    connection.close()


def test_all_are_asked_in_turn_from_coroutines(servers: Servers) -> None:
    async def ask() -> None:
        connection = AioConnection(leading_to(*servers.addresses))
        for _ in servers.unheard({0, 1, 2}):
            await connection.call(METHOD, pb.GetStreamsSummaryRequest(), None)
        servers.stop(1)
        for _ in servers.unheard({0, 2}):
            await connection.call(METHOD, pb.GetStreamsSummaryRequest(), None)
        await connection.close()

    asyncio.run(ask())
