"""A server of a newer contract: what it adds passes through."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from in_process import serving

import chatapi
from chatapi import Outcome, StreamType, chat_api
from chatapi._private_messages import message_classes
from chatapi.v1 import chat_api_pb2 as pb

_NEWER = message_classes(
    "newer",
    {
        "ChatStream": [("stream_id", 1, "string"), ("type", 9, "int32"), ("mood", 999, "string")],
        "Found": [("stream", 1, "ChatStream"), ("trace", 999, "string")],
        "Result": [("stream_id", 1, "string"), ("outcome", 2, "int32")],
        "Recorded": [("results", 1, "repeated Result")],
        "Any": [("type_url", 1, "string"), ("value", 2, "bytes")],
        "Status": [("code", 1, "int32"), ("details", 3, "repeated Any")],
        "ErrorInfo": [("reason", 1, "string"), ("domain", 2, "string"), ("severity", 999, "string")],
        "Duration": [("seconds", 1, "int64"), ("nanos", 2, "int32")],
        "RetryInfo": [("retry_delay", 1, "Duration")],
    },
)


def found(_request: bytes, _context: Any) -> bytes:
    stream = _NEWER["ChatStream"](stream_id="a", type=77, mood="good")
    data: bytes = _NEWER["Found"](stream=stream, trace="t").SerializeToString()
    return data


def recorded(_request: bytes, _context: Any) -> bytes:
    data: bytes = _NEWER["Recorded"](results=[_NEWER["Result"](stream_id="a", outcome=42)]).SerializeToString()
    return data


def refused(_request: bytes, context: Any) -> bytes:
    info = _NEWER["ErrorInfo"](reason="ERROR_REASON_OF_TOMORROW", domain="chatapi.v1", severity="high")
    details = [
        _NEWER["Any"](type_url="type.googleapis.com/newer.Detail", value=b"\xff"),
        _NEWER["Any"](type_url="type.googleapis.com/google.rpc.ErrorInfo", value=info.SerializeToString()),
    ]
    retry = _NEWER["RetryInfo"](retry_delay=_NEWER["Duration"](seconds=1, nanos=500_000_000))
    details.append(_NEWER["Any"](type_url="type.googleapis.com/google.rpc.RetryInfo", value=retry.SerializeToString()))
    status = _NEWER["Status"](code=9, details=details).SerializeToString()
    context.set_trailing_metadata([("grpc-status-details-bin", status)])
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "tomorrow")
    raise AssertionError


def test_unknown_fields_and_enum_values_pass_through(make_client: Any) -> None:
    with serving({"GetStreamByGroupId": found, "RecordActivity": recorded}) as address, make_client(address) as client:
        stream = client.get_stream_by_group_id("1").stream
        assert stream.type == 77
        assert isinstance(stream.type, StreamType)
        assert stream.type.name == "UNRECOGNIZED_77"
        assert "77" in repr(stream)
        assert _NEWER["ChatStream"].FromString(stream.message.SerializeToString()).mood == "good"
        outcome = client.record_activity([]).results[0].outcome
        assert outcome == 42
        assert isinstance(outcome, Outcome)


def test_unknown_fields_and_enum_values_do_not_disturb_the_drop_in() -> None:
    with serving({"GetStreamByGroupId": found}) as address:
        chat_api.configure(address)
        stream = chat_api.get_stream_by_group_id("1")
        assert stream is not None
        assert stream.stream_id == "a"


def test_unknown_reasons_and_details_pass_through(make_client: Any) -> None:
    with serving({"GetStreamsSummary": refused}) as address, make_client(address) as client:
        with pytest.raises(chatapi.FailedPrecondition) as caught:
            client.get_streams_summary()
        assert caught.value.reason == "ERROR_REASON_OF_TOMORROW"
        assert caught.value.retry_after == 1.5


def test_a_call_that_an_older_server_lacks_is_unimplemented(make_client: Any) -> None:
    with serving({}) as address, make_client(address) as client:
        with pytest.raises(chatapi.Unimplemented):
            client.get_streams_summary()


def test_each_exception_stands_for_its_code() -> None:
    from chatapi._failure import _CLASSES

    assert {code.value for code in _CLASSES} | {"UNKNOWN", "DATA_LOSS"} == {code.value for code in chatapi.Code}


def test_streams_can_be_made_by_hand() -> None:
    assert chatapi.ChatStream(pb.ChatStream(stream_id="a")).stream_id == "a"
