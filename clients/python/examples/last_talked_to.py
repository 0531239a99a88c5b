"""A plugin of MaiBot 0.x that answers "where was I last talked to?", unchanged but for its first three lines.

python last_talked_to.py
"""

from __future__ import annotations

import chatapi

chatapi.install_as_maibot()

import time  # noqa: E402

from src.plugin_system.apis import chat_api  # type: ignore[import-not-found]  # noqa: E402
from src.plugin_system.apis.chat_api import SpecialTypes  # type: ignore[import-not-found]  # noqa: E402


def last_talked_to(count: int = 3) -> list[str]:
    """One line for each of the most recently active chats."""
    streams = chat_api.get_all_streams(SpecialTypes.ALL_PLATFORMS)
    streams.sort(key=lambda stream: stream.last_active_time, reverse=True)
    return [describe(stream) for stream in streams[:count]]


def describe(stream: chat_api.ChatStream) -> str:
    info = chat_api.get_stream_info(stream)
    if info["type"] == "group":
        where = info["group_name"] or f"group {info['group_id']}"
        who = info["user_name"] or "someone"
    else:
        where = "private"
        who = info["user_name"] or info["user_id"]
    minutes = (time.time() - stream.last_active_time) / 60
    return f"{minutes:.0f} minutes ago by {who} in {where} on {info['platform']}"


if __name__ == "__main__":
    for line in last_talked_to():
        print(line)
