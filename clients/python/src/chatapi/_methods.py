"""The calls of the service, read off the contract itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import MethodOptions

from .v1 import chat_api_pb2 as pb

SERVICE = "chatapi.v1.ChatApi"


class Kind(Enum):
    """How many messages go each way. Its value is what gRPC calls the method of a channel that sends so."""

    UNARY = "unary_unary"
    """One request, one answer."""
    SERVER_STREAM = "unary_stream"
    """One request, many answers."""
    CLIENT_STREAM = "stream_unary"
    """Many requests, one answer."""


@dataclass(frozen=True)
class Method:
    """One call."""

    name: str
    """Its name in the contract, such as `GetStream`."""
    request: Any
    """The class of its request message."""
    decode: Callable[[bytes], Any]
    """Makes the answer of the bytes that came."""
    has_side_effects: bool
    """False where the contract promises that the call changes nothing; only then is it retried."""
    kind: Kind = Kind.UNARY
    """How many messages go each way."""

    @property
    def path(self) -> str:
        """The HTTP/2 path under which gRPC sends it."""
        return f"/{SERVICE}/{self.name}"

    @property
    def encode(self) -> Callable[[Any], bytes]:
        """Makes bytes of a request message."""
        encode: Callable[[Any], bytes] = self.request.SerializeToString
        return encode

    def sender(self, channel: Any) -> Callable[..., Any]:
        """What sends it over a channel of either gRPC API."""
        send: Callable[..., Any] = getattr(channel, self.kind.value)(self.path, self.encode, self.decode)
        return send

    def decoded_by(self, decode: Callable[[bytes], Any]) -> Method:
        """The same call with another view of its answer."""
        return replace(self, decode=decode)


def _kind(method: Any) -> Kind:
    if method.client_streaming and method.server_streaming:
        raise NotImplementedError(f"{method.name}: no call of the contract streams both ways")
    if method.server_streaming:
        return Kind.SERVER_STREAM
    return Kind.CLIENT_STREAM if method.client_streaming else Kind.UNARY


METHODS: dict[str, Method] = {
    method.name: Method(
        method.name,
        message_factory.GetMessageClass(method.input_type),
        message_factory.GetMessageClass(method.output_type).FromString,
        method.GetOptions().idempotency_level != MethodOptions.NO_SIDE_EFFECTS,
        _kind(method),
    )
    for method in pb.DESCRIPTOR.services_by_name["ChatApi"].methods
}
