"""Names, as they are compared and put in order."""

from __future__ import annotations

import re
import unicodedata

from ..v1 import chat_api_pb2 as pb
from .chats import target_of

_SORTED_BYTES = 128
"""Of UTF-16, by which streams are put in order: 64 code units."""


def folded(text: str) -> str:
    """Text without regard to case, width and composition."""
    return unicodedata.normalize("NFKC", text).lower()


def names_of(message: pb.ChatStream) -> list[str]:
    """The name given by people, the group's, or those of the user of a private chat."""
    names = [message.custom_name] if message.custom_name else []
    if message.HasField("group_info"):
        if message.group_info.HasField("group_name"):
            names.append(message.group_info.group_name)
    elif message.HasField("user_info"):
        user = message.user_info
        names += [getattr(user, name) for name in ("user_nickname", "user_cardname") if user.HasField(name)]
    return names


def sort_key(message: pb.ChatStream) -> bytes:
    """By what streams are in the order of names: the beginning of what people read, by UTF-16 code units."""
    own = message.group_info.group_name if message.HasField("group_info") else message.user_info.user_nickname
    return _beginning(folded(message.custom_name or own)) or _beginning(folded(_identity(message)))


def _beginning(name: str) -> bytes:
    """Of the first line, of whole characters."""
    units = name.partition("\n")[0].encode("utf-16-be", "surrogatepass")
    is_cut_in_two = len(units) > _SORTED_BYTES and units[_SORTED_BYTES - 2] & 0xFC == 0xD8
    return units[: _SORTED_BYTES - 2 if is_cut_in_two else _SORTED_BYTES]


def _identity(message: pb.ChatStream) -> str:
    """Whose chat a stream is, in words, as in `qq:group:941657197, account 10001`."""
    target = target_of(message)
    text = _escaped(message.platform)
    if target:
        text += f":{target.kind}:{_escaped(target.id)}"
    if message.account_id:
        text += f", account {_escaped(message.account_id)}"
    return f"{text}, scope {_escaped(message.scope)}" if message.scope else text


def _escaped(text: str) -> str:
    return re.sub("[%:,() ]", lambda found: f"%{ord(found[0]):X}", text)
