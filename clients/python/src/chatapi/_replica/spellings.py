"""What a text may mean that people or other systems wrote for a chat: the rows of docs/resolving.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .chats import DEFAULT_PLATFORM, GROUP, PRIVATE, Target

DEFAULT_PLATFORM_ALIASES = dict.fromkeys(("onebot", "red", "nekobox", "lagrange", "milky"), DEFAULT_PLATFORM)
"""What servers take for another name of a platform unless they are told otherwise."""

_MAX_SPLITS = 16
"""More places to split at than any id has; beyond, a text is not tried at each of them."""
_QQ_SCOPE = "QQClient"
"""What the plugins of NoneBot call QQ where its users have numbers."""
_PRIVATE_SCENE = 0
"""`SceneType.PRIVATE` of nonebot-plugin-uninfo."""
_KINDS = {"group": GROUP, "private": PRIVATE, "user": PRIVATE}


@dataclass(frozen=True)
class Chat:
    """A chat that a text may mean."""

    target: Target
    platforms: tuple[str, ...] | None = None
    """Where the text names its platform: what that may be called here, the likeliest first."""
    account_id: str | None = None
    """The bot's account, which a stream has to have unless none is recorded."""
    is_foreign: bool = False
    """Whether it is how another system writes a chat."""


@dataclass(frozen=True)
class Splits:
    """Different places at which a text may be split: it counts where exactly one of them names a chat that is known."""

    chats: tuple[Chat, ...]


@dataclass(frozen=True)
class Displayed:
    """Where to look for the stream whose display name is the text: by its id, or by its chat."""

    stream_id: str | None = None
    target: Target | None = None
    platform: str = ""


PlatformsOf = Callable[[str], tuple[str, ...]]


def readings_of(text: str, aliases: Mapping[str, str]) -> list[Chat | Splits | Displayed]:
    """What a text may mean, besides the id or the name of a stream."""

    def platforms_of(name: str) -> tuple[str, ...]:
        alias = aliases.get(name, name)
        return (alias,) if alias == name else (alias, name)

    readings: list[Chat | Splits | Displayed] = [*_own(text, platforms_of), *_foreign(text, platforms_of)]
    displayed = _displayed(text)
    return [*readings, displayed] if displayed else readings


def _own(text: str, platforms_of: PlatformsOf) -> list[Chat]:
    found = []
    if re.fullmatch("-?[0-9]+", text):
        found += [Chat(Target(GROUP, text)), Chat(Target(PRIVATE, text))]
    before, _, rest = text.partition(":")
    if before in _KINDS and rest:
        found.append(Chat(Target(_KINDS[before], rest)))
    if (parts := re.fullmatch(r"([^:]+):([\s\S]+):([a-z]+)", text)) and parts[3] in _KINDS:
        found.append(Chat(Target(_KINDS[parts[3]], parts[2]), platforms_of(parts[1])))
    word, _, id = rest.partition(":")
    if before and word in _KINDS and id:
        found.append(Chat(Target(_KINDS[word], id), platforms_of(before)))
    return found


def _foreign(text: str, platforms_of: PlatformsOf) -> list[Chat | Splits]:
    found: list[Chat | Splits] = []

    def add(kind: str, id: str, platforms: tuple[str, ...] | None = None, account_id: str | None = None) -> None:
        found.append(Chat(Target(kind, id), platforms, account_id, is_foreign=True))

    before, _, rest = text.partition(":")
    type, _, session = rest.partition(":")
    if before and session:
        if type in ("GroupMessage", "OtherMessage"):
            add(GROUP, session)
        if type in ("FriendMessage", "OtherMessage"):
            add(PRIVATE, session)
        if type == "GroupMessage":
            found.append(Splits(_splits(session)))
    if lang_bot := re.fullmatch(r"(group|person)_([\s\S]+)", text):
        add(GROUP if lang_bot[1] == "group" else PRIVATE, lang_bot[2])
    said = _object(text)
    scene = said.get("scene")
    if _is_text(said.get("id")) and isinstance(said.get("private"), bool):
        add(PRIVATE if said["private"] else GROUP, said["id"], *_circumstances(said, platforms_of))
    if isinstance(scene, dict) and _is_text(scene.get("id")) and _is_number(scene.get("type")):
        kind = PRIVATE if scene["type"] == _PRIVATE_SCENE else GROUP
        add(kind, scene["id"], *_circumstances(said, platforms_of))
    if before and rest and not text.startswith("{"):
        add(GROUP, rest, platforms_of(before))
    return found


def _splits(session: str) -> tuple[Chat, ...]:
    """The groups that a session may end in."""
    starts = [found.end() for found in re.finditer("[_%]", session) if found.end() < len(session)]
    if len(starts) > _MAX_SPLITS:
        return ()
    return tuple(Chat(Target(GROUP, session[start:]), is_foreign=True) for start in starts)


def _displayed(text: str) -> Displayed | None:
    """Whose display name a text may be: that of the identity at its end, in which what is special is escaped."""
    in_parentheses = re.fullmatch(r"[\s\S]* \(([^()]*)\)", text)
    identity: str = in_parentheses[1] if in_parentheses else text
    chat, *facts = identity.split(", ")
    for fact in facts:
        if fact.startswith("stream "):
            return Displayed(stream_id=_unescaped(fact.removeprefix("stream ")))
    platform, word, id = [*chat.split(":"), "", ""][:3]
    if not platform or not id or word not in (GROUP, PRIVATE):
        return None
    return Displayed(target=Target(word, _unescaped(id)), platform=_unescaped(platform))


def _unescaped(text: str) -> str:
    return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)


def _circumstances(said: dict[str, Any], platforms_of: PlatformsOf) -> tuple[tuple[str, ...] | None, str | None]:
    """The platform and the account, where a plugin of NoneBot tells them."""
    scope, account_id = said.get("scope"), said.get("self_id")
    platforms: tuple[str, ...] | None = None
    if scope == _QQ_SCOPE:
        platforms = (DEFAULT_PLATFORM,)
    elif _is_text(scope):
        named = [each for name in (str(scope).lower(), str(scope)) for each in platforms_of(name)]
        platforms = tuple(dict.fromkeys(named))
    return platforms, account_id if isinstance(account_id, str) and account_id else None


def _object(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
