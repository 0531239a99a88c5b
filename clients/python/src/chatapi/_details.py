"""The details that an error carries in the trailer `grpc-status-details-bin`."""

from __future__ import annotations

from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from ._private_messages import message_classes

DOMAIN = "chatapi.v1"

# google.rpc.Status and the details that matter here, by what is on the wire. Registering google/rpc/*.proto itself
# would clash with any other package that brings its copy.
_CLASSES = message_classes(
    "chatapi.private.details",
    {
        "Any": [("type_url", 1, "string"), ("value", 2, "bytes")],
        "Status": [("code", 1, "int32"), ("message", 2, "string"), ("details", 3, "repeated Any")],
        "Pair": [("key", 1, "string"), ("value", 2, "string")],
        "ErrorInfo": [("reason", 1, "string"), ("domain", 2, "string"), ("metadata", 3, "repeated Pair")],
        "Violation": [("field", 1, "string"), ("description", 2, "string")],
        "BadRequest": [("field_violations", 1, "repeated Violation")],
        "Duration": [("seconds", 1, "int64"), ("nanos", 2, "int32")],
        "RetryInfo": [("retry_delay", 1, "Duration")],
    },
)


@dataclass(frozen=True)
class FieldViolation:
    """One field of a request that breaks its rule."""

    field: str
    """The path of the field, as in `activities[3].platform`."""
    description: str
    """What was expected."""


@dataclass(frozen=True)
class Details:
    """What the server said about an error, beyond its code and message."""

    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: tuple[FieldViolation, ...] = ()
    retry_after: float | None = None


def read_details(trailer: bytes) -> Details:
    """Reads the trailer. One that is not what the contract promises counts as no details at all."""
    try:
        found = {
            any_.type_url.rpartition("/")[2].removeprefix("google.rpc."): any_.value
            for any_ in _CLASSES["Status"].FromString(trailer).details
        }
        info, bad, retry = (
            _CLASSES[name].FromString(found.get(name, b"")) for name in ("ErrorInfo", "BadRequest", "RetryInfo")
        )
    except DecodeError:
        return Details()
    if info.domain != DOMAIN:
        return Details()
    return Details(
        info.reason,
        {pair.key: pair.value for pair in info.metadata},
        tuple(FieldViolation(v.field, v.description) for v in bad.field_violations),
        retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9 if retry.HasField("retry_delay") else None,
    )
