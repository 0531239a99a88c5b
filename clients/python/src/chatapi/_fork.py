"""Forks between calls, never within one.

gRPC survives a fork when no call is in flight and no event loop has used it: the child then opens connections of its
own. Otherwise the child hangs or dies. So a fork waits here for the calls of other threads and holds back new ones, and
a child that gRPC cannot serve gets an error from its calls.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from .errors import ForkedError

_WAIT_SECONDS = 5.0
"""How long a fork waits for calls under way."""

GRACE_SECONDS = 1.0
"""By how much the first call of a child may miss its deadline before gRPC counts as lost."""

_Result = TypeVar("_Result")


class ForkGate:
    """Counts calls in flight and lets forks wait for none."""

    generation = 0
    """How many forks this process descends from. What was opened in another generation belongs to an ancestor."""
    unproven = False
    """True in a child until a call has come back. Other users of gRPC may have broken it: see `first_call`."""

    def __init__(self) -> None:
        self.interruptions: set[Callable[[], None]] = set()
        """End calls that would not end by themselves, and that go on where they were."""
        self._changed = threading.Condition()
        self._calls = 0
        self._forking = False
        self._loops_used = False
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

    @property
    def forking(self) -> bool:
        """Whether a fork is under way: what was interrupted is interrupted for it."""
        return self._forking

    def coroutine_call(self) -> None:
        """Notes that an event loop uses gRPC. Its poller never rests, so no child of this process can."""
        self._refuse_if_broken()
        self._loops_used = True

    def first_call(self, send: Callable[[], _Result], timeout: float) -> _Result:
        """Sends the first call of a child on a thread that can be given up."""
        outcome: list[Callable[[], _Result]] = []

        def run() -> None:
            try:
                result = send()
                outcome.append(lambda: result)
            except BaseException as error:
                outcome.append(_raising(error))

        thread = threading.Thread(target=run, name="chatapi-first-call", daemon=True)
        thread.start()
        thread.join(timeout + GRACE_SECONDS)
        if not outcome:
            self.give_up()
        self.unproven = False
        return outcome[0]()

    def give_up(self) -> None:
        """Refuses all further calls of this process."""
        self._broken = True
        self._refuse_if_broken()

    def before_fork(self) -> None:
        with self._changed:
            self._forking = True
        for interrupt in self.interruptions.copy():
            interrupt()
        with self._changed:
            self._changed.wait_for(lambda: self._calls == 0, _WAIT_SECONDS)

    def after_in_parent(self) -> None:
        with self._changed:
            self._forking = False
            self._changed.notify_all()

    def after_in_child(self) -> None:
        self._broken = self._broken or self._loops_used or self._calls > 0
        self.interruptions = set()
        self._changed = threading.Condition()
        self._calls = 0
        self._forking = False
        self.unproven = True
        self.generation += 1

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise ForkedError(
                "this process was forked where gRPC does not survive it: after calls from coroutines, or while a call "
                "was in flight; fork earlier, or start processes with the spawn method"
            )


def _raising(error: BaseException) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail


FORK_GATE = ForkGate()


class ForkSafeLock:
    """A lock that is free in a child, whichever thread of the parent held it. For globals: it is never dropped."""

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
