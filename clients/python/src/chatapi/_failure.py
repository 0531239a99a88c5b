"""From a gRPC failure to the exception that callers see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from . import errors
from ._details import read_details
from ._methods import Method
from ._settings import Settings
from ._token import NoToken
from .errors import ChatApiError, ClientClosed, Code

_CLASSES: dict[Code, type[ChatApiError]] = {
    Code.CANCELLED: errors.Cancelled,
    Code.INVALID_ARGUMENT: errors.InvalidArgument,
    Code.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    Code.NOT_FOUND: errors.NotFound,
    Code.ALREADY_EXISTS: errors.AlreadyExists,
    Code.PERMISSION_DENIED: errors.PermissionDenied,
    Code.RESOURCE_EXHAUSTED: errors.ResourceExhausted,
    Code.FAILED_PRECONDITION: errors.FailedPrecondition,
    Code.ABORTED: errors.Aborted,
    Code.OUT_OF_RANGE: errors.OutOfRange,
    Code.UNIMPLEMENTED: errors.Unimplemented,
    Code.INTERNAL: errors.Internal,
    Code.UNAVAILABLE: errors.Unavailable,
    Code.UNAUTHENTICATED: errors.Unauthenticated,
}

# How gRPC reports an answer that is not gRPC.
_OTHER_SPEAKS = ("http2 header", "http status", "http/2")

# Codes that a caller's own limits explain, whoever answered.
_OWN_LIMITS = {Code.CANCELLED, Code.RESOURCE_EXHAUSTED}


def to_chat_api_error(error: Any, method: str, request: Any, settings: Settings) -> ChatApiError:
    """The exception for a failed call. `error` is a `grpc.RpcError` of either gRPC API."""
    code = Code[error.code().name]
    details = read_details(_details_trailer(error.trailing_metadata()))
    message = error.details() or ""
    if not details.reason and code not in _OWN_LIMITS:
        message = f"{message} ({_hint(message, settings)})"
    return _CLASSES.get(code, ChatApiError)(
        message,
        code=code,
        reason=details.reason,
        fields=details.fields,
        metadata=details.metadata,
        retry_after=details.retry_after,
        method=method,
        request=request,
    )


def closed(method: Method, request: Any) -> ClientClosed:
    """The exception for a call on a client that was closed before."""
    return ClientClosed("this client is closed", code=Code.CANCELLED, method=method.name, request=request)


def closed_meanwhile(method: Method, request: Any) -> errors.Cancelled:
    """The exception for a call whose client was closed before its answer came."""
    return errors.Cancelled("this client was closed", code=Code.CANCELLED, method=method.name, request=request)


def without_token(error: Exception, method: Method, request: Any) -> ChatApiError:
    """The exception for a call that is not sent, since the function that gives the token gave none.

    Of an exception that is the function's own only the class is told: its text may hold a secret.
    """
    late = isinstance(error, (TimeoutError, asyncio.TimeoutError))
    code = Code.DEADLINE_EXCEEDED if late else Code.UNAUTHENTICATED
    what = str(error) if isinstance(error, NoToken) else f"it raised {type(error).__name__}"
    message = "the function given as token gave none " + ("in time" if late else f"that can be sent: {what}")
    return _CLASSES[code](message, code=code, method=method.name, request=request)


def _details_trailer(trailers: Iterable[tuple[str, Any]] | None) -> bytes:
    for key, value in trailers or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return value
    return b""


def _hint(message: str, settings: Settings) -> str:
    """What to look at when no ChatApi server spoke."""
    where = f"address {settings.address.text}"
    if any(word in message.lower() for word in _OTHER_SPEAKS):
        return f"{where}: something answered, but no ChatApi server; is this its gRPC port?"
    if settings.address.tls:
        return f"{where}: no ChatApi server answered over TLS; is it running, does it speak TLS, is it trusted?"
    return f"{where}: no ChatApi server answered; is it running, is this its gRPC port, does it want https://?"
