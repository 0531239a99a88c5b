"""Which streams a filter means, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..types import StreamOrder
from ..v1 import chat_api_pb2 as pb
from .chats import GROUP, targets_of, type_of
from .copy import Copy, Held
from .names import folded, names_of, sort_key

Predicate = Callable[[pb.ChatStream], bool]

_BY_NAME = (StreamOrder.NAME, StreamOrder.NAME_DESC)
_BY_ACTIVITY = (StreamOrder.LAST_ACTIVE, StreamOrder.LAST_ACTIVE_DESC)
_BY_CREATION = (StreamOrder.CREATE_TIME, StreamOrder.CREATE_TIME_DESC)
_DESCENDING = (StreamOrder.NAME_DESC, StreamOrder.LAST_ACTIVE_DESC, StreamOrder.CREATE_TIME_DESC)


def matching(copy: Copy, filter: pb.StreamFilter, order: StreamOrder) -> list[Held]:
    """The streams that match, in an order. Those that are alike in it come in the order of lists."""
    is_match = _predicate(_by_own_ids(copy, filter))
    streams: Iterable[Held] = copy.in_order(None, None)
    found = [held for held in streams if is_match(held.message)]
    if order in _BY_NAME:
        found.sort(key=lambda held: sort_key(held.message), reverse=order in _DESCENDING)
    elif order in _BY_ACTIVITY:
        found.sort(key=lambda held: _seconds(held.message.last_active_time), reverse=order in _DESCENDING)
    elif order in _BY_CREATION:
        found.sort(key=lambda held: _seconds(held.message.create_time), reverse=order in _DESCENDING)
    return found


def _by_own_ids(copy: Copy, filter: pb.StreamFilter) -> pb.StreamFilter:
    """The same with the streams' own ids in the place of aliases. An id that leads nowhere still asks for something."""
    own = pb.StreamFilter()
    own.CopyFrom(filter)
    for ids in (own.stream_ids, own.exclude_stream_ids):
        for index, stream_id in enumerate(ids):
            held = copy.get(stream_id)
            if held is not None:
                ids[index] = held.message.stream_id
    return own


def _predicate(filter: pb.StreamFilter) -> Predicate:
    tests: list[Predicate] = []
    if filter.types:
        types = set(map(int, filter.types))
        tests.append(lambda message: type_of(message) in types)
    for name, field in (
        ("platforms", "platform"),
        ("account_ids", "account_id"),
        ("scopes", "scope"),
        ("stream_ids", "stream_id"),
    ):
        if values := set(getattr(filter, name)):
            tests.append(_one_of(field, values))
    if unwanted := set(filter.exclude_stream_ids):
        tests.append(lambda message: message.stream_id not in unwanted)
    if filter.group_ids or filter.user_ids:
        groups, users = set(filter.group_ids), set(filter.user_ids)
        tests.append(lambda message: any(t.id in (groups if t.kind == GROUP else users) for t in targets_of(message)))
    if labels := dict(filter.labels):
        tests.append(lambda message: all(message.labels.get(key) == value for key, value in labels.items()))
    if filter.name_contains:
        wanted = folded(filter.name_contains)
        tests.append(lambda message: any(wanted in folded(name) for name in names_of(message)))
    if filter.HasField("active_since"):
        active_since = _seconds(filter.active_since)
        tests.append(lambda message: _seconds(message.last_active_time) >= active_since)
    if filter.HasField("quiet_since"):
        quiet_since = _seconds(filter.quiet_since)
        tests.append(lambda message: _seconds(message.last_active_time) < quiet_since)
    if filter.HasField("created_since"):
        created_since = _seconds(filter.created_since)
        tests.append(lambda message: _seconds(message.create_time) >= created_since)
    return lambda message: all(test(message) for test in tests)


def _one_of(field: str, values: set[str]) -> Predicate:
    return lambda message: getattr(message, field) in values


def _seconds(time: Any) -> float:
    seconds: float = time.seconds + time.nanos / 1e9
    return seconds
