"""A plugin that replies only in groups which its configuration allows.

    python reply_in_allowed_groups.py qq:941657197 telegram:-1001234

Entries are `platform:group_id`. Those that the bot does not know are named at the start: most are typing errors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import chatapi


class AllowedGroups:
    """Answers for each message whether the plugin may reply to it."""

    def __init__(self, client: chatapi.Client, entries: Iterable[str]) -> None:
        self.unknown: list[str] = []
        self._stream_ids: set[str] = set()
        for entry in entries:
            platform, _, group_id = entry.partition(":")
            found = client.get_stream_by_group_id(group_id, platform=platform)
            if found.stream is None:
                self.unknown.append(entry)
            else:
                # One group, several accounts of the bot: all of them count.
                self._stream_ids.update((found.stream.stream_id, *found.other_stream_ids))

    def may_reply(self, stream_id: str) -> bool:
        """Whether the stream of a message is one of the groups. A message carries its stream's id."""
        return stream_id in self._stream_ids


def main() -> None:
    with chatapi.Client() as client:
        allowed = AllowedGroups(client, sys.argv[1:])
        for entry in allowed.unknown:
            print(f"not known to the bot: {entry}")
        for stream in client.iter_group_streams(platform=chatapi.ALL_PLATFORMS):
            print(f"{'replies in' if allowed.may_reply(stream.stream_id) else 'silent in'} {stream.display_name}")


if __name__ == "__main__":
    main()
