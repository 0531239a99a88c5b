"""The stream as plugins of MaiBot 1.x know it."""

from __future__ import annotations

from typing import Any

from .stream import ChatStream


class Session(dict[str, Any]):
    """A stream as a dict with the keys of 1.x. What is not recorded is None.

        stream["group_id"]            # as in 1.x
        stream.group_id               # the same
        stream.last_active_time       # and the attributes of 0.x, times included

    Keys: `session_id`, `stream_id` (the same), `platform`, `user_id`, `user_nickname`, `user_cardname`, `group_id`,
    `group_name`, `account_id`, `scope`, `is_group_session`, `chat_type` (`"group"` or `"private"`).
    """

    def __init__(self, stream: ChatStream) -> None:
        user, group = stream.user_info, stream.group_info
        super().__init__(
            session_id=stream.stream_id,
            stream_id=stream.stream_id,
            platform=stream.platform,
            user_id=user.user_id or None,
            user_nickname=user.user_nickname or None,
            user_cardname=user.user_cardname or None,
            group_id=group.group_id if group else None,
            group_name=group.group_name if group else None,
            account_id=stream.account_id or None,
            scope=stream.scope or None,
            is_group_session=group is not None,
            chat_type="group" if group else "private",
        )
        self._plain = stream

    @property
    def stream(self) -> Any:
        """The stream as an object of 0.x."""
        return self._plain

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        if name == "_plain":
            raise AttributeError(name)
        return getattr(self._plain, name)


class OpenedSession(Session):
    """What `open_session` answers: a session that also says how it came.

    Further keys: `success`, which is True since failures raise; `created`, whether this very call created it; `stream`,
    the `Session` alone.
    """

    def __init__(self, stream: ChatStream, created: bool) -> None:
        super().__init__(stream)
        self.update(success=True, created=created, stream=Session(stream))

    @property
    def stream(self) -> Session:
        """The session alone."""
        session: Session = self["stream"]
        return session
