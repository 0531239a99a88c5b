"""How a bot says what it sees."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from datetime import datetime

from ._sightings import sighting
from .types import Activity

_log = logging.getLogger("chatapi")


class Seeing(ABC):
    """What recorders have in common."""

    def saw(
        self,
        *,
        platform: str,
        group_id: str | int | None = None,
        user_id: str | int | None = None,
        group_name: str | None = None,
        user_nickname: str | None = None,
        user_cardname: str | None = None,
        account: str | int | None = None,
        scope: str | None = None,
        at: datetime | float | None = None,
    ) -> None:
        """Notes that something happened in the group, or without a group in the private chat with the user.

        Args:
            platform: such as `"qq"`.
            group_id: of the group.
            user_id: of whoever acted.
            group_name: and the other names: as of now; None says nothing of a name.
            account: the bot's, where it has several.
            scope: as of `Activity`.
            at: when, by default now; seconds since 1970 or a time, which is local where it has no zone.
        """
        try:
            self._note(
                sighting(
                    platform=platform,
                    group_id=group_id,
                    user_id=user_id,
                    group_name=group_name,
                    user_nickname=user_nickname,
                    user_cardname=user_cardname,
                    account=account,
                    scope=scope,
                    at=at,
                )
            )
        except Exception:
            # A bot goes on, whatever it was given by a platform.
            self._miss()
            _log.debug("what a bot saw cannot be recorded", exc_info=True)

    @abstractmethod
    def _note(self, seen: Activity) -> None: ...

    @abstractmethod
    def _miss(self) -> None: ...
