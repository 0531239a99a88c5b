"""A plugin that announces something to every group in which nothing happened for a while.

    python announce_to_quiet_groups.py --days 7 "The server moves on Sunday"

Written with coroutines: groups are announced to while the list is still coming.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta, timezone

import chatapi
import chatapi.aio


async def quiet_groups(client: chatapi.aio.Client, since: datetime) -> AsyncIterator[chatapi.ChatStream]:
    """The groups of all platforms that were last active before `since`."""
    async for stream in client.iter_group_streams(platform=chatapi.ALL_PLATFORMS):
        if stream.last_active_time < since:
            yield stream


async def announce(
    client: chatapi.aio.Client, text: str, quiet_for: timedelta, send: Callable[[str, str], Awaitable[None]]
) -> int:
    """Sends the text to each quiet group through `send(stream_id, text)`. Returns to how many."""
    count = 0
    async for stream in quiet_groups(client, datetime.now(timezone.utc) - quiet_for):
        await send(stream.stream_id, text)
        print(f"announced to {stream.display_name}, quiet since {stream.last_active_time:%Y-%m-%d}")
        count += 1
    return count


async def send_nowhere(stream_id: str, text: str) -> None:
    """Put your bot's way of sending here."""


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("text")
    arguments = parser.parse_args()
    async with chatapi.aio.Client() as client:
        count = await announce(client, arguments.text, timedelta(days=arguments.days), send_nowhere)
    print(f"{count} groups")


if __name__ == "__main__":
    asyncio.run(main())
