"""One server, as threads reach it: a channel, opened when needed and anew after a fork."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import grpc

from ._channel import open_channel
from ._failure import to_chat_api_error
from ._fork import FORK_GATE
from ._methods import Method
from ._settings import Settings
from ._writes import WRITES

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
        self._closed = False

    def close(self) -> None:
        """Ends calls under way; later ones raise ValueError."""
        with self._lock:
            self._closed = True
            if self._channel is not None and self._generation == FORK_GATE.generation:
                self._channel.close()

    def call(self, method: Method, request: Any, timeout: float | None) -> Any:
        """Sends one request and returns what `method.decode` makes of the answer."""
        seconds = self._settings.timeout if timeout is None else timeout
        with FORK_GATE.call():
            if FORK_GATE.unproven:
                return FORK_GATE.first_call(lambda: self._send(method, request, seconds), seconds)
            return self._send(method, request, seconds)

    def _send(self, method: Method, request: Any, seconds: float) -> Any:
        send = self._senders.get(method) if self._generation == FORK_GATE.generation else None
        if send is None:
            send = self._open(method)
        try:
            return send(request, timeout=seconds, metadata=self._settings.metadata)
        except grpc.RpcError as error:
            raise to_chat_api_error(error, method.name, request, self._settings) from error
        finally:
            if method.has_side_effects:
                WRITES.note()

    def _open(self, method: Method) -> Callable[..., Any]:
        with self._lock:
            if self._closed:
                raise ValueError("this client is closed")
            if self._generation != FORK_GATE.generation:
                if self._channel is not None:
                    _inherited.append(self._channel)
                self._channel = None
                self._senders = {}
                self._generation = FORK_GATE.generation
            if self._channel is None:
                self._channel = open_channel(self._settings)
            send: Callable[..., Any] = self._channel.unary_unary(method.path, method.encode, method.decode)
            self._senders[method] = send
            return send
