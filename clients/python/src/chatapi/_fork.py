"""Forks between calls, never within one.

gRPC survives a fork when no call is in flight: the child then opens connections of its own. With a call in flight the
child hangs or dies. So a fork waits here for the calls that are under way and holds back new ones; a child forked
in spite of a call gets an error instead of a hang.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import ForkedError

_WAIT_SECONDS = 5.0
"""How long a fork waits for calls under way."""


class ForkGate:
    """Counts calls in flight and lets forks wait for none."""

    generation = 0
    """How many forks this process descends from. What was opened in another generation belongs to an ancestor."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls = 0
        self._coroutine_calls = 0
        self._forking = False
        self._broken = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Marks a call in flight on this thread; waits while a fork is under way."""
        self._refuse_if_broken()
        with self._changed:
            while self._forking:
                self._changed.wait()
            self._calls += 1
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    @contextmanager
    def coroutine_call(self) -> Iterator[None]:
        """Marks a call in flight on an event loop. A fork does not wait for it: it may come from the same loop."""
        self._refuse_if_broken()
        generation = self.generation
        with self._changed:
            self._coroutine_calls += 1
        try:
            yield
        finally:
            with self._changed:
                if generation == self.generation:
                    self._coroutine_calls -= 1

    def before_fork(self) -> None:
        with self._changed:
            self._forking = True
            self._changed.wait_for(lambda: self._calls == 0, _WAIT_SECONDS)

    def after_in_parent(self) -> None:
        with self._changed:
            self._forking = False
            self._changed.notify_all()

    def after_in_child(self) -> None:
        self._broken = self._broken or self._calls + self._coroutine_calls > 0
        self._changed = threading.Condition()
        self._calls = self._coroutine_calls = 0
        self._forking = False
        self.generation += 1

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise ForkedError("this process was forked while calls were in flight; fork between calls, or use spawn")


FORK_GATE = ForkGate()


class ForkSafeLock:
    """A lock that is free in a child, whichever thread of the parent held it. For module globals: it is never dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _renew(self) -> None:
        self._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=FORK_GATE.before_fork,
        after_in_parent=FORK_GATE.after_in_parent,
        after_in_child=FORK_GATE.after_in_child,
    )
