"""A server made of a few Python functions, for what the real one never does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

Answer = Callable[[bytes, Any], bytes]
"""Takes the bytes of a request and gRPC's context, returns the bytes of the answer."""


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, answers: dict[str, Answer]) -> None:
        self._answers = answers

    def service(self, details: Any) -> Any:
        answer = self._answers.get(details.method.rpartition("/")[2])
        return answer and grpc.unary_unary_rpc_method_handler(answer)


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
