"""What a call raises when it fails.

    try:
        client.get_stream("no such id")
    except chatapi.NotFound as error:
        print(error.reason, error.metadata["stream_id"])

The gRPC error is kept as `__cause__`.
"""

from __future__ import annotations

import functools
from enum import Enum
from typing import Any

from ._details import FieldViolation

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Cancelled",
    "ChatApiError",
    "ClientClosed",
    "Code",
    "DeadlineExceeded",
    "FailedPrecondition",
    "FieldViolation",
    "ForkedError",
    "Internal",
    "InvalidArgument",
    "NotFound",
    "OutOfRange",
    "PermissionDenied",
    "ResourceExhausted",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
]


class Code(str, Enum):
    """How a call failed, in gRPC's words. Equal to its name as text: `error.code == "NOT_FOUND"`."""

    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    DATA_LOSS = "DATA_LOSS"
    UNAUTHENTICATED = "UNAUTHENTICATED"


class ChatApiError(Exception):
    """A call failed. Where its code has a class of its own below, that class is raised."""

    code: Code
    """How it failed."""
    reason: str
    """Why: the name of an `ErrorReason` of the contract, such as `ERROR_REASON_STREAM_NOT_FOUND`. Empty when the
    failure did not come from a ChatApi server, such as a refused connection."""
    message: str
    """What was wrong, for people, without the call and the code that `str(error)` adds."""
    fields: tuple[FieldViolation, ...]
    """The fields of the request that break their rules."""
    metadata: dict[str, str]
    """What the contract attaches to the reason, such as `stream_id`."""
    retry_after: float | None
    """Seconds after which trying again helps, where the server says so."""
    method: str
    """The call, such as `GetStream`."""
    request: Any
    """The request message that was sent."""

    def __init__(
        self,
        message: str,
        *,
        code: Code = Code.UNKNOWN,
        reason: str = "",
        fields: tuple[FieldViolation, ...] = (),
        metadata: dict[str, str] | None = None,
        retry_after: float | None = None,
        method: str = "",
        request: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.fields = fields
        self.metadata = metadata or {}
        self.retry_after = retry_after
        self.method = method
        self.request = request

    def __str__(self) -> str:
        why = f"{self.code.value} ({self.reason})" if self.reason else self.code.value
        return f"{self.method}: {why}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        said = {name: value for name, value in self.__dict__.items() if name != "message"}
        return functools.partial(type(self), self.message, **said), ()


class Cancelled(ChatApiError):
    """The call was taken back. A write may or may not have happened."""


class InvalidArgument(ChatApiError):
    """The request breaks a rule; `fields` names where."""


class ClientClosed(Cancelled, ValueError):
    """The client was closed before the call was sent."""


class DeadlineExceeded(ChatApiError, TimeoutError):
    """The time ran out before the answer came. A write may or may not have happened."""


class NotFound(ChatApiError, LookupError):
    """No stream has this id."""


class AlreadyExists(ChatApiError):
    """The id derived for a new stream belongs to another chat."""


class PermissionDenied(ChatApiError):
    """The token does not allow this."""


class ResourceExhausted(ChatApiError):
    """A message or a list is larger than it may be, or a limit of the server is reached."""


class FailedPrecondition(ChatApiError):
    """The server is not in a state for this."""


class Aborted(ChatApiError):
    """Other writers were faster; nothing was written and trying again helps."""


class OutOfRange(ChatApiError):
    """What was asked for is no longer, or not yet, there."""


class Unimplemented(ChatApiError):
    """The server does not know the call: it is older than this client, or no ChatApi server."""


class Internal(ChatApiError):
    """A fault of the server; its log has the cause under `metadata["error_id"]`."""


class Unavailable(ChatApiError, ConnectionError):
    """The server cannot be reached or cannot answer yet.

    Calls without side effects were tried for about three seconds, unless the server was known to be away."""


class Unauthenticated(ChatApiError):
    """A token is needed, or this one is not valid."""


class ForkedError(RuntimeError):
    """This process was forked where gRPC does not survive it: after calls from coroutines, or while one was in flight.
    Fork earlier, or start processes with the spawn method."""
