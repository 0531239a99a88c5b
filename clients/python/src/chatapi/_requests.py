"""From the arguments of a method to the message that goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ._arguments import check_optional_text, check_text
from .types import Activity, ChatStream, GroupInfo, Platform, StreamType, UserInfo
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
    if isinstance(stream_ids, str):
        raise TypeError("stream_ids: expected several ids, got one str")
    return pb.BatchGetStreamsRequest(
        stream_ids=[check_text(f"stream_ids[{index}]", value) for index, value in enumerate(stream_ids)],
        at_least_revision=check_text("at_least_revision", at_least_revision),
    )


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


def _labels(name: str, labels: Mapping[str, str] | None) -> dict[str, str]:
    return {check_text(name, key): check_text(f"{name}[{key!r}]", value) for key, value in (labels or {}).items()}


def _activity(path: str, activity: Activity) -> pb.Activity:
    message = pb.Activity(
        platform=check_text(f"{path}.platform", activity.platform),
        account_id=check_optional_text(f"{path}.account_id", activity.account_id),
        scope=check_optional_text(f"{path}.scope", activity.scope),
        user_info=_user_info(f"{path}.user_info", activity.user_info),
        group_info=_group_info(f"{path}.group_info", activity.group_info),
    )
    if activity.active_time is not None:
        if activity.active_time.tzinfo is None:
            raise ValueError(f"{path}.active_time: a time zone is needed, as in datetime.now(timezone.utc)")
        since = activity.active_time - _EPOCH
        message.active_time.seconds, rest = divmod(since, _SECOND)
        message.active_time.nanos = rest // _MICROSECOND * 1000
    return message


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
