"""One server, as threads reach it: a channel, opened when needed and anew after a fork."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any

import grpc

from ._channel import open_channel
from ._failure import closed, to_chat_api_error, without_token
from ._fork import FORK_GATE
from ._methods import Method
from ._retries import Attempts, Server
from ._settings import Settings
from ._token import bearer, checked
from ._writes import WRITES
from .errors import ChatApiError

# Channels of a parent process. They are never closed here: that would end the connection of the parent.
_inherited: list[grpc.Channel] = []


class Connection:
    """Sends requests from any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._generation = FORK_GATE.generation
        self._channel: grpc.Channel | None = None
        self._senders: dict[Method, Callable[..., Any]] = {}
        self._server = Server()
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends calls under way; later ones raise ClientClosed."""
        with self._lock:
            self._closed.set()
            if self._channel is not None and self._generation == FORK_GATE.generation:
                self._channel.close()

    def call(self, method: Method, request: Any, timeout: float | None) -> Any:
        """Sends one request, also several times, and returns what `method.decode` makes of the answer.

        Of a client stream `request` is an iterable of requests.
        """
        seconds = self._settings.timeout if timeout is None else timeout
        try:
            with FORK_GATE.call():
                if FORK_GATE.unproven:
                    return FORK_GATE.first_call(lambda: self._attempt(method, request, seconds), seconds)
                return self._attempt(method, request, seconds)
        finally:
            if method.has_side_effects:
                WRITES.note()

    def stream(
        self,
        method: Method,
        request: Any,
        timeout: float | None,
        started: Callable[[Any], None] = lambda call: None,
    ) -> Generator[Any, None, None]:
        """Sends one request, once, and yields what `method.decode` makes of each answer. Without a timeout no end.

        `started` is given the call, by which another thread may end it.
        """
        with FORK_GATE.call():
            call = self._start(method, request, timeout, self._token(method, request))
            started(call)
            try:
                yield from call
            except grpc.RpcError as error:
                raise to_chat_api_error(error, method.name, request, self._settings) from error
            finally:
                call.cancel()

    def _attempt(self, method: Method, request: Any, seconds: float) -> Any:
        attempts = Attempts(self._server, method, seconds)
        token = self._token(method, request)
        while True:
            try:
                answer = self._send(method, request, attempts.seconds_left, token)
            except ChatApiError as error:
                if attempts.may_ask_for_token(error):
                    refused, token = token, self._token(method, request, afresh=True)
                    if token != refused:
                        continue
                pause = attempts.pause_after(error)
                if pause is None:
                    raise
            else:
                attempts.answered()
                return answer
            self._closed.wait(pause)

    def _token(self, method: Method, request: Any, afresh: bool = False) -> str:
        source = self._settings.token
        try:
            return checked(source.read_afresh() if afresh else source.read())
        except Exception as error:
            raise without_token(error, method, request) from error

    def _send(self, method: Method, request: Any, seconds: float, token: str) -> Any:
        try:
            return self._start(method, request, seconds, token)
        except grpc.RpcError as error:
            raise to_chat_api_error(error, method.name, request, self._settings) from error

    def _start(self, method: Method, request: Any, seconds: float | None, token: str) -> Any:
        if self._closed.is_set():
            raise closed(method, request)
        send = self._senders.get(method) if self._generation == FORK_GATE.generation else None
        if send is None:
            send = self._open(method)
        try:
            return send(request, timeout=seconds, metadata=bearer(token))
        except ValueError as error:
            # So gRPC refuses a call on a channel that was closed a moment ago.
            if self._closed.is_set():
                raise closed(method, request) from error
            raise

    def _open(self, method: Method) -> Callable[..., Any]:
        with self._lock:
            if self._generation != FORK_GATE.generation:
                if self._channel is not None:
                    _inherited.append(self._channel)
                self._channel = None
                self._senders = {}
                self._server = Server()
                self._generation = FORK_GATE.generation
            if self._channel is None:
                self._channel = open_channel(self._settings)
            send = self._senders[method] = method.sender(self._channel)
            return send
