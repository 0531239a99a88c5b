"""A server made of a few Python functions, for what the real one never does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from chatapi._private_messages import message_classes

Answer = Callable[[bytes, Any], bytes] | grpc.RpcMethodHandler
"""Takes the bytes of a request and gRPC's context, returns the bytes of the answer. For streams: gRPC's handler."""


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, answers: dict[str, Answer]) -> None:
        self._answers = answers

    def service(self, details: Any) -> Any:
        answer = self._answers.get(details.method.rpartition("/")[2])
        if answer is None or isinstance(answer, grpc.RpcMethodHandler):
            return answer
        return grpc.unary_unary_rpc_method_handler(answer)


_DETAILS = message_classes(
    "in_process",
    {
        "Any": [("type_url", 1, "string"), ("value", 2, "bytes")],
        "Status": [("code", 1, "int32"), ("details", 3, "repeated Any")],
        "ErrorInfo": [("reason", 1, "string"), ("domain", 2, "string")],
    },
)


def status(reason: str, code: int) -> bytes:
    """What `grpc-status-details-bin` holds for a failure that ChatApi explains."""
    info = _DETAILS["ErrorInfo"](reason=reason, domain="chatapi.v1").SerializeToString()
    detail = _DETAILS["Any"](type_url="type.googleapis.com/google.rpc.ErrorInfo", value=info)
    data: bytes = _DETAILS["Status"](code=code, details=[detail]).SerializeToString()
    return data


@contextmanager
def serving(answers: dict[str, Answer], credentials: Any = None) -> Iterator[str]:
    """Yields its address."""
    server = grpc.server(ThreadPoolExecutor(4), [_Handler(answers)])
    port = (
        server.add_secure_port("localhost:0", credentials) if credentials else server.add_insecure_port("127.0.0.1:0")
    )
    server.start()
    try:
        yield f"localhost:{port}" if credentials else f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
