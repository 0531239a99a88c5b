"""From the arguments of a method to the message that goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from ._arguments import check_optional_text, check_text
from .types import Activity, ChatStream, GroupInfo, Platform, StreamFilter, StreamOrder, StreamType, UserInfo
from .v1 import chat_api_pb2 as pb

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def about_platform(request: Any, platform: str | Platform | None, at_least_revision: str, **fields: Any) -> Any:
    """A list or lookup request of the class `request`. No platform means `"qq"`."""
    if isinstance(platform, Platform):
        fields["special_type"] = pb.SPECIAL_TYPE_ALL_PLATFORMS
    elif platform is not None:
        fields["platform"] = check_text("platform", platform)
    return request(at_least_revision=check_text("at_least_revision", at_least_revision), **fields)


def by_id(request: Any, name: str, value: str, platform: str | Platform | None, at_least_revision: str) -> Any:
    """A lookup request of the class `request` by the id called `name`."""
    return about_platform(request, platform, at_least_revision, **{name: check_text(name, value)})


def about_stream(request: Any, stream: str | ChatStream, at_least_revision: str) -> Any:
    """A request about a stream, by its id or by what it says itself."""
    revision = check_text("at_least_revision", at_least_revision)
    if isinstance(stream, ChatStream):
        return request(chat_stream=stream.message, at_least_revision=revision)
    if not isinstance(stream, str):
        raise TypeError(f"stream: expected str or ChatStream, got {type(stream).__name__}")
    return request(stream_id=stream, at_least_revision=revision)


def get_stream(stream_id: str, at_least_revision: str) -> pb.GetStreamRequest:
    return pb.GetStreamRequest(
        stream_id=check_text("stream_id", stream_id),
        at_least_revision=check_text("at_least_revision", at_least_revision),
    )


def batch_get_streams(stream_ids: Iterable[str], at_least_revision: str) -> pb.BatchGetStreamsRequest:
    return pb.BatchGetStreamsRequest(
        stream_ids=_texts("stream_ids", stream_ids),
        at_least_revision=check_text("at_least_revision", at_least_revision),
    )


def query_streams(
    filter: StreamFilter | None, order_by: StreamOrder, page_size: int, at_least_revision: str
) -> pb.QueryStreamsRequest:
    return pb.QueryStreamsRequest(
        filter=None if filter is None else stream_filter("filter", filter),
        order_by=order_by.value,  # type: ignore[arg-type]
        page_size=page_size,
        at_least_revision=check_text("at_least_revision", at_least_revision),
    )


def stream_filter(path: str, filter: StreamFilter) -> pb.StreamFilter:
    message = pb.StreamFilter(
        platforms=_texts(f"{path}.platforms", filter.platforms),
        types=[type.value for type in filter.types],  # type: ignore[misc]
        account_ids=_texts(f"{path}.account_ids", filter.account_ids),
        scopes=_texts(f"{path}.scopes", filter.scopes),
        stream_ids=_texts(f"{path}.stream_ids", filter.stream_ids),
        group_ids=_texts(f"{path}.group_ids", filter.group_ids),
        user_ids=_texts(f"{path}.user_ids", filter.user_ids),
        exclude_stream_ids=_texts(f"{path}.exclude_stream_ids", filter.exclude_stream_ids),
        name_contains=check_text(f"{path}.name_contains", filter.name_contains),
        labels=_labels(f"{path}.labels", filter.labels),
    )
    _set_time(f"{path}.active_since", message.active_since, filter.active_since)
    _set_time(f"{path}.quiet_since", message.quiet_since, filter.quiet_since)
    _set_time(f"{path}.created_since", message.created_since, filter.created_since)
    return message


def _texts(path: str, values: Iterable[str]) -> list[str]:
    if isinstance(values, str):
        raise TypeError(f"{path}: expected several texts, got one str")
    return [check_text(f"{path}[{index}]", value) for index, value in enumerate(values)]


def _labels(path: str, labels: Mapping[str, str] | None) -> dict[str, str]:
    return {check_text(path, key): check_text(f"{path}[{key!r}]", value) for key, value in (labels or {}).items()}


def list_duplicates(filter: StreamFilter | None, at_least_revision: str) -> pb.ListDuplicatesRequest:
    return pb.ListDuplicatesRequest(
        filter=None if filter is None else stream_filter("filter", filter),
        at_least_revision=check_text("at_least_revision", at_least_revision),
    )


def batch_resolve_streams(
    targets: Iterable[str], platform: str | Platform | None, at_least_revision: str
) -> pb.BatchResolveStreamsRequest:
    request: pb.BatchResolveStreamsRequest = about_platform(
        pb.BatchResolveStreamsRequest, platform, at_least_revision, targets=_texts("targets", targets)
    )
    return request


def open_stream(
    platform: str,
    group_id: str | None,
    user_id: str | None,
    type: StreamType,
    account_id: str | None,
    scope: str | None,
    group_name: str | None,
    user_nickname: str | None,
    user_cardname: str | None,
    labels: Mapping[str, str] | None,
    target: str | None,
) -> pb.OpenStreamRequest:
    return pb.OpenStreamRequest(
        platform=check_text("platform", platform),
        group_id=check_optional_text("group_id", group_id),
        user_id=check_optional_text("user_id", user_id),
        type=type.value,  # type: ignore[arg-type]
        account_id=check_optional_text("account_id", account_id),
        scope=check_optional_text("scope", scope),
        group_name=check_optional_text("group_name", group_name),
        user_nickname=check_optional_text("user_nickname", user_nickname),
        user_cardname=check_optional_text("user_cardname", user_cardname),
        labels=_labels("labels", labels),
        target=check_optional_text("target", target),
    )


def update_stream(
    stream_id: str,
    custom_name: str | None,
    set_labels: Mapping[str, str] | None,
    remove_labels: Iterable[str],
    etag: str,
) -> pb.UpdateStreamRequest:
    if isinstance(remove_labels, str):
        raise TypeError("remove_labels: expected several keys, got one str")
    return pb.UpdateStreamRequest(
        stream_id=check_text("stream_id", stream_id),
        etag=check_text("etag", etag),
        custom_name=check_optional_text("custom_name", custom_name),
        set_labels=_labels("set_labels", set_labels),
        remove_labels=[check_text(f"remove_labels[{index}]", key) for index, key in enumerate(remove_labels)],
    )


def record_activity(activities: Iterable[Activity]) -> pb.RecordActivityRequest:
    return pb.RecordActivityRequest(
        activities=[_activity(f"activities[{index}]", activity) for index, activity in enumerate(activities)]
    )


def merge_streams(
    source_stream_id: str, target_stream_id: str, source_etag: str, target_etag: str
) -> pb.MergeStreamsRequest:
    return pb.MergeStreamsRequest(
        source_stream_id=check_text("source_stream_id", source_stream_id),
        target_stream_id=check_text("target_stream_id", target_stream_id),
        source_etag=check_text("source_etag", source_etag),
        target_etag=check_text("target_etag", target_etag),
    )


def delete_stream(stream_id: str, etag: str) -> pb.DeleteStreamRequest:
    return pb.DeleteStreamRequest(stream_id=check_text("stream_id", stream_id), etag=check_text("etag", etag))


def _activity(path: str, activity: Activity) -> pb.Activity:
    message = pb.Activity(
        platform=check_text(f"{path}.platform", activity.platform),
        account_id=check_optional_text(f"{path}.account_id", activity.account_id),
        scope=check_optional_text(f"{path}.scope", activity.scope),
        user_info=_user_info(f"{path}.user_info", activity.user_info),
        group_info=_group_info(f"{path}.group_info", activity.group_info),
    )
    _set_time(f"{path}.active_time", message.active_time, activity.active_time)
    return message


def _set_time(path: str, message: Timestamp, time: datetime | None) -> None:
    if time is None:
        return
    if time.tzinfo is None:
        raise ValueError(f"{path}: a time zone is needed, as in datetime.now(timezone.utc)")
    seconds, rest = divmod(time - _EPOCH, _SECOND)
    message.CopyFrom(Timestamp(seconds=seconds, nanos=rest // _MICROSECOND * 1000))


def _user_info(path: str, user: UserInfo | None) -> pb.UserInfo | None:
    if user is None:
        return None
    return pb.UserInfo(
        platform=check_text(f"{path}.platform", user.platform),
        user_id=check_text(f"{path}.user_id", user.user_id),
        user_nickname=check_optional_text(f"{path}.user_nickname", user.user_nickname),
        user_cardname=check_optional_text(f"{path}.user_cardname", user.user_cardname),
    )


def _group_info(path: str, group: GroupInfo | None) -> pb.GroupInfo | None:
    if group is None:
        return None
    return pb.GroupInfo(
        platform=check_text(f"{path}.platform", group.platform),
        group_id=check_text(f"{path}.group_id", group.group_id),
        group_name=check_optional_text(f"{path}.group_name", group.group_name),
    )
