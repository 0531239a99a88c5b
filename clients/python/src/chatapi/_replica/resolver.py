"""Which streams a text may mean: every spelling is tried, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..types import ChatStream, Platform, Resolution, ResolveCandidate, ResolvedStream, Spelling
from .chats import DEFAULT_PLATFORM, GROUP, by_recency, is_led_to
from .copy import Copy
from .names import names_of
from .spellings import Chat, Displayed, Splits, readings_of

_MAX_CANDIDATES = 20
"""Candidates that are told: enough to choose from, and more than anyone reads."""


def resolve(copy: Copy, text: str, platform: str | Platform | None, aliases: Mapping[str, str]) -> ResolvedStream:
    look = _Look(copy, text, platform)
    look.by_id()
    for reading in readings_of(text, aliases):
        look.read(reading)
    look.by_name()
    candidates = sorted(look.found.values(), key=lambda each: (each.spelling, by_recency(each.stream)))
    if len(candidates) == 1:
        return ResolvedStream(stream=candidates[0].stream, resolution=Resolution.FOUND, candidates=(candidates[0],))
    resolution = Resolution.AMBIGUOUS if candidates else Resolution.NOT_FOUND
    return ResolvedStream(stream=None, resolution=resolution, candidates=tuple(candidates[:_MAX_CANDIDATES]))


class _Look:
    """One text, looked for in one copy."""

    def __init__(self, copy: Copy, text: str, platform: str | Platform | None) -> None:
        self.found: dict[str, ResolveCandidate] = {}
        self._copy = copy
        self._text = text
        self._only = platform if isinstance(platform, str) else None
        """The one platform that is looked on."""
        self._default = DEFAULT_PLATFORM if platform is None else None
        """The platform meant where a text names none."""

    def by_id(self) -> None:
        held = self._copy.get(self._text)
        if held is not None:
            is_own = held.message.stream_id == self._text
            self._take(self._here([held.stream]), Spelling.STREAM_ID if is_own else Spelling.ALIAS_ID)

    def by_name(self) -> None:
        wanted = self._only or self._default
        for held in self._copy:
            message = held.message
            if (wanted is None or message.platform == wanted) and self._text in names_of(message):
                self._take([held.stream], Spelling.NAME)

    def read(self, reading: Chat | Splits | Displayed) -> None:
        if isinstance(reading, Chat):
            self._take(self._chats(reading), _spelling(reading))
        elif isinstance(reading, Splits):
            known = [streams for streams in map(self._chats, reading.chats) if streams]
            if len(known) == 1:
                self._take(known[0], Spelling.FOREIGN)
        else:
            named = [each for each in self._displayed(reading) if each.display_name == self._text]
            self._take(self._here(named), Spelling.DISPLAY_NAME)

    def _chats(self, chat: Chat) -> list[ChatStream]:
        platforms = chat.platforms or ((self._default,) if self._default else None)
        if self._only is not None:
            platforms = tuple(name for name in platforms or (self._only,) if name == self._only)
        return [
            stream
            for stream in self._copy.find(chat.target, None)
            if (platforms is None or any(is_led_to(stream._message, chat.target, name) for name in platforms))
            and (chat.account_id is None or stream.account_id in ("", chat.account_id))
        ]

    def _displayed(self, displayed: Displayed) -> list[ChatStream]:
        if displayed.target is not None:
            return self._copy.find(displayed.target, displayed.platform)
        held = self._copy.get(displayed.stream_id or "")
        return [held.stream] if held else []

    def _here(self, streams: Iterable[ChatStream]) -> list[ChatStream]:
        return [stream for stream in streams if self._only is None or stream.platform == self._only]

    def _take(self, streams: Iterable[ChatStream], spelling: Spelling) -> None:
        for stream in streams:
            known = self.found.get(stream.stream_id)
            if known is None or spelling < known.spelling:
                self.found[stream.stream_id] = ResolveCandidate(stream=stream, spelling=spelling)


def _spelling(chat: Chat) -> Spelling:
    if chat.is_foreign:
        return Spelling.FOREIGN
    return Spelling.GROUP_ID if chat.target.kind == GROUP else Spelling.USER_ID
