"""What a bot saw, one entry a chat, until it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from .types import Activity, GroupInfo, UserInfo

ChatKey = tuple[str, "str | None", "str | None", bool, str]
Combine = Callable[[Activity], Activity]


class Sightings:
    """A bounded number of chats, in the order in which they were first seen. Not safe for threads by itself."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._activities: dict[ChatKey, Activity] = {}

    def __len__(self) -> int:
        return len(self._activities)

    def add(self, activity: Activity) -> bool:
        """Takes in what was seen last in a chat. False where there is no room for another chat."""
        return self._put(activity, lambda before: _combined(before, activity))

    def put_back(self, activity: Activity) -> bool:
        """Takes in what could not be sent; what was seen of the chat since is newer."""
        return self._put(activity, lambda newer: _combined(activity, newer))

    def take(self, count: int) -> list[Activity]:
        """Hands out the chats that have waited longest."""
        keys = list(self._activities)[:count]
        return [self._activities.pop(key) for key in keys]

    def _put(self, activity: Activity, combine: Combine) -> bool:
        key = _key_of(activity)
        before = self._activities.get(key)
        if before is None and len(self._activities) >= self._limit:
            return False
        self._activities[key] = activity if before is None else combine(before)
        return True


def sighting(
    *,
    platform: str,
    group_id: object,
    user_id: object,
    group_name: str | None,
    user_nickname: str | None,
    user_cardname: str | None,
    account: object,
    scope: str | None,
    at: datetime | float | None,
) -> Activity:
    """What a bot saw, as it is sent. Ids may be numbers. Raises where it is nothing that could be."""
    group = _text(group_id)
    user = _text(user_id)
    if not platform or (not group and not user):
        raise ValueError("a platform is needed, and a group or a user")
    return Activity(
        platform=str(platform),
        group_info=GroupInfo(group_id=group, group_name=_text(group_name)) if group else None,
        user_info=UserInfo(user_id=user, user_nickname=_text(user_nickname), user_cardname=_text(user_cardname))
        if user
        else None,
        active_time=_time(at),
        account_id=_text(account),
        scope=_text(scope),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _time(at: datetime | float | None) -> datetime:
    if at is None:
        return datetime.now(timezone.utc)
    return at.astimezone(timezone.utc) if isinstance(at, datetime) else datetime.fromtimestamp(at, timezone.utc)


def _key_of(activity: Activity) -> ChatKey:
    group, user = activity.group_info, activity.user_info
    target = group.group_id if group else user.user_id if user else ""
    return (activity.platform, activity.account_id, activity.scope, group is not None, target)


def _combined(before: Activity, after: Activity) -> Activity:
    return replace(
        after,
        group_info=_later_group(before.group_info, after.group_info),
        user_info=_later_user(before.user_info, after.user_info),
        active_time=max(time for time in (before.active_time, after.active_time) if time is not None),
    )


def _later_group(before: GroupInfo | None, after: GroupInfo | None) -> GroupInfo | None:
    if before is None or after is None:
        return after or before
    return after if after.group_name is not None else replace(after, group_name=before.group_name)


def _later_user(before: UserInfo | None, after: UserInfo | None) -> UserInfo | None:
    if before is None or after is None or before.user_id != after.user_id:
        return after or before
    return replace(
        after,
        user_nickname=before.user_nickname if after.user_nickname is None else after.user_nickname,
        user_cardname=before.user_cardname if after.user_cardname is None else after.user_cardname,
    )
