"""The asyncio client, driven from tests that are no coroutines: one test then speaks for both clients."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import chatapi.aio


class Blocking:
    """A `chatapi.aio.Client` whose methods return results and lists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._client = chatapi.aio.Client(*args, **kwargs)
        self._loop = asyncio.new_event_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            if inspect.isasyncgen(result):
                return self._loop.run_until_complete(_collect(result))
            return self._loop.run_until_complete(result)

        return run

    def __enter__(self) -> Blocking:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._client.close())
        self._loop.close()


async def _collect(items: Any) -> list[Any]:
    return [item async for item in items]
