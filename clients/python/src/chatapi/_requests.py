"""From the arguments of a method to the message that goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

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
        fields["platform"] = platform
    return request(at_least_revision=at_least_revision, **fields)


def about_stream(request: Any, stream: str | ChatStream, at_least_revision: str) -> Any:
    """A request about a stream, by its id or by what it says itself."""
    if isinstance(stream, ChatStream):
        return request(chat_stream=stream.message, at_least_revision=at_least_revision)
    return request(stream_id=stream, at_least_revision=at_least_revision)


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
        platform=platform,
        group_id=group_id,
        user_id=user_id,
        type=type.value,  # type: ignore[arg-type]
        account_id=account_id,
        scope=scope,
        group_name=group_name,
        user_nickname=user_nickname,
        user_cardname=user_cardname,
        labels=labels or {},
    )


def record_activity(activities: Iterable[Activity]) -> pb.RecordActivityRequest:
    return pb.RecordActivityRequest(activities=[_activity(activity) for activity in activities])


def _activity(activity: Activity) -> pb.Activity:
    message = pb.Activity(
        platform=activity.platform,
        account_id=activity.account_id,
        scope=activity.scope,
        user_info=_user_info(activity.user_info),
        group_info=_group_info(activity.group_info),
    )
    if activity.active_time is not None:
        if activity.active_time.tzinfo is None:
            raise ValueError("active_time: a time zone is needed, as in datetime.now(timezone.utc)")
        since = activity.active_time - _EPOCH
        message.active_time.seconds, rest = divmod(since, _SECOND)
        message.active_time.nanos = rest // _MICROSECOND * 1000
    return message


def _user_info(user: UserInfo | None) -> pb.UserInfo | None:
    if user is None:
        return None
    return pb.UserInfo(
        platform=user.platform,
        user_id=user.user_id,
        user_nickname=user.user_nickname,
        user_cardname=user.user_cardname,
    )


def _group_info(group: GroupInfo | None) -> pb.GroupInfo | None:
    if group is None:
        return None
    return pb.GroupInfo(platform=group.platform, group_id=group.group_id, group_name=group.group_name)
