"""One server, as an event loop reaches it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio

from .._channel import open_aio_channel
from .._failure import closed, closed_meanwhile, to_chat_api_error, without_token
from .._fork import FORK_GATE, GRACE_SECONDS
from .._methods import Method
from .._retries import Attempts, Server
from .._settings import Settings
from .._token import bearer, checked
from .._writes import WRITES
from ..errors import ChatApiError

# Channels of a parent process. They are never closed here: that would end the connection of the parent.
_inherited: list[grpc.aio.Channel] = []


class Connection:
    """Sends requests from the event loop of its first call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._generation = FORK_GATE.generation
        self._loop: asyncio.AbstractEventLoop | None = None
        self._channel: grpc.aio.Channel | None = None
        self._senders: dict[Method, Callable[..., Any]] = {}
        self._server = Server()
        self._streams: set[Any] = set()
        self._closed = False

    async def close(self) -> None:
        """Ends calls under way; later ones raise ClientClosed."""
        self._closed = True
        if self._channel is not None and self._generation == FORK_GATE.generation:
            # gRPC finds the unary calls of a channel that is closed, but not in every version its streams.
            for call in self._streams:
                call.cancel()
            await self._channel.close()

    async def call(self, method: Method, request: Any, timeout: float | None) -> Any:
        """Sends one request, also several times, and returns what `method.decode` makes of the answer.

        Of a client stream `request` is an iterable of requests, also an asynchronous one.
        """
        FORK_GATE.coroutine_call()
        attempts = Attempts(self._server, method, self._settings.timeout if timeout is None else timeout)
        try:
            token = await self._token(method, request, attempts.seconds_left)
            while True:
                try:
                    answer = await self._send(method, request, attempts.seconds_left, token)
                except ChatApiError as error:
                    if attempts.may_ask_for_token(error):
                        refused = token
                        token = await self._token(method, request, attempts.seconds_left, afresh=True)
                        if token != refused:
                            continue
                    pause = attempts.pause_after(error)
                    if pause is None:
                        raise
                else:
                    attempts.answered()
                    return answer
                await asyncio.sleep(pause)
        finally:
            if method.has_side_effects:
                WRITES.note()

    async def stream(self, method: Method, request: Any, timeout: float | None) -> AsyncIterator[Any]:
        """Sends one request, once, and yields what `method.decode` makes of each answer. Without a timeout no end."""
        FORK_GATE.coroutine_call()
        call = self._start(method, request, timeout, await self._token(method, request, timeout))
        self._streams.add(call)
        try:
            with self._failures(method, request):
                async for answer in call:
                    yield answer
        finally:
            self._streams.discard(call)
            call.cancel()

    async def _token(self, method: Method, request: Any, seconds: float | None, afresh: bool = False) -> str:
        source = self._settings.token
        try:
            token = source.read_afresh() if afresh else source.read()
            return checked(await asyncio.wait_for(token, seconds) if inspect.isawaitable(token) else token)
        except Exception as error:
            raise without_token(error, method, request) from error

    async def _send(self, method: Method, request: Any, seconds: float, token: str) -> Any:
        call = self._start(method, request, seconds, token)
        with self._failures(method, request):
            if FORK_GATE.unproven:
                return await _first_call(call, seconds)
            return await call

    def _start(self, method: Method, request: Any, seconds: float | None, token: str) -> Any:
        if self._closed:
            raise closed(method, request)
        return self._open(method)(request, timeout=seconds, metadata=bearer(token))

    @contextmanager
    def _failures(self, method: Method, request: Any) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            raise to_chat_api_error(error, method.name, request, self._settings) from error
        except asyncio.CancelledError:
            # So gRPC ends the calls of a channel that is closed. The task that waits goes on, unless it was meant.
            if self._closed and not _is_being_cancelled(asyncio.current_task()):
                raise closed_meanwhile(method, request) from None
            raise

    def _open(self, method: Method) -> Callable[..., Any]:
        if self._generation != FORK_GATE.generation:
            if self._channel is not None:
                _inherited.append(self._channel)
            self._loop = self._channel = None
            self._senders = {}
            self._streams = set()
            self._server = Server()
            self._generation = FORK_GATE.generation
        loop = asyncio.get_running_loop()
        if self._channel is None:
            self._loop, self._channel = loop, open_aio_channel(self._settings)
        if self._loop is not loop:
            raise RuntimeError("this client belongs to another event loop; make one for each loop")
        if method not in self._senders:
            self._senders[method] = method.sender(self._channel)
        return self._senders[method]


def _is_being_cancelled(task: Any) -> bool:
    """Whether somebody cancelled the task; Python 3.10 does not tell."""
    return hasattr(task, "cancelling") and task.cancelling() > 0


async def _first_call(call: Any, seconds: float) -> Any:
    """Waits for the first call of a forked child, and not for ever: its gRPC may not have survived the fork."""
    done, _ = await asyncio.wait([asyncio.ensure_future(call)], timeout=seconds + GRACE_SECONDS)
    if not done:
        FORK_GATE.give_up()
    FORK_GATE.unproven = False
    return done.pop().result()
