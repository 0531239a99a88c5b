"""When a call is tried again, and when it is not, because the server is known to be away."""

from __future__ import annotations

import random
import time

from ._methods import Kind, Method
from .errors import ChatApiError, Code

_PAUSES = (0.2, 0.4, 0.8, 1.6)
"""Seconds between attempts. Three seconds in all are enough for a restart, and far below the default deadline."""

_PROBE_PAUSES = (0.2, 0.4)
"""The same, once the server is known to be away: long enough for gRPC to try to connect again, see `_channel`."""

_FIRST_REST = 0.25
_LONGEST_REST = 1.0
"""Seconds for which calls are not tried again after a call that was tried in vain; twice as long each time."""


class Server:
    """Whether the server of one connection is away, as its calls found."""

    def __init__(self) -> None:
        self._rest = 0.0
        self._rests_until = 0.0

    def pauses(self) -> tuple[float, ...]:
        """The pauses between the attempts of a call that begins now.

        None at all just after a call that was tried in vain: gRPC then fails an attempt at once. So a plugin that asks
        for a hundred groups waits once and not a hundred times.
        """
        if not self._rest:
            return _PAUSES
        return _PROBE_PAUSES if time.monotonic() >= self._rests_until else ()

    def answered(self) -> None:
        """Notes that it is there."""
        self._rest = 0.0

    def stayed_away(self) -> None:
        """Notes that a call was tried in vain."""
        self._rest = min(2 * self._rest or _FIRST_REST, _LONGEST_REST)
        self._rests_until = time.monotonic() + self._rest


class Attempts:
    """The attempts of one call."""

    def __init__(self, server: Server, method: Method, seconds: float) -> None:
        self._server = server
        self._deadline = time.monotonic() + seconds
        # Of a stream nobody knows how much has arrived.
        once = method.has_side_effects or method.kind is not Kind.UNARY
        self._retries = () if once else server.pauses()
        self._pauses = iter(self._retries)
        # What was taken from the requests of a stream is gone.
        self._may_ask_for_token = method.kind is Kind.UNARY

    @property
    def seconds_left(self) -> float:
        """What the next attempt may take."""
        return max(0.0, self._deadline - time.monotonic())

    def answered(self) -> None:
        """Notes that an answer came."""
        self._server.answered()

    def may_ask_for_token(self, error: ChatApiError) -> bool:
        """Whether the server refused the token, for the first time. Nothing has happened then, also of a write."""
        if error.code is not Code.UNAUTHENTICATED or not self._may_ask_for_token:
            return False
        self._may_ask_for_token = False
        return True

    def pause_after(self, error: ChatApiError) -> float | None:
        """Seconds until the next attempt; None when there is none and the error is the call's own."""
        if error.reason:
            self._server.answered()
        if error.code is not Code.UNAVAILABLE:
            return None
        pause = next(self._pauses, None)
        if pause is not None:
            pause *= random.uniform(0.8, 1.2)
            if pause < self.seconds_left:
                return pause
        if self._retries and not error.reason:
            self._server.stayed_away()
        return None
