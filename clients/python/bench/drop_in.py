"""The drop-in over RPC beside the same questions asked in process, of the same objects, by a scan as the bot does it.

    python drop_in.py --address 127.0.0.1:50051 --streams 10000

The server holds so many group streams on qq, numbered as bench/streams.ts numbers them. Prints one line of JSON: an
object with `streams` and `measurements`, each `{"name", "value", "unit"}`; smaller is better. Times are medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable

from chatapi import chat_api
from chatapi.chat_api import ChatStream

FIRST_GROUP = 100_000_000
STRIDE = 7_919
"""A prime: lookups go all over the directory, and a scan stops halfway on average."""


def scan_for_group(streams: dict[str, ChatStream], group_id: str, platform: str) -> ChatStream | None:
    """Finds a group as the bot does."""
    for stream in streams.values():
        if stream.group_info and str(stream.group_info.group_id) == str(group_id) and stream.platform == platform:
            return stream
    return None


def scan_for_groups(streams: dict[str, ChatStream], platform: str) -> list[ChatStream]:
    """Lists groups as the bot does."""
    found = []
    for stream in streams.values():
        if stream.platform == platform and stream.group_info:
            found.append(stream)
    return found


def median_seconds(work: Callable[[int], object], rounds: int) -> float:
    """The median of so many runs of `work(round)`, after a tenth as many to warm up."""
    for number in range(rounds // 10 + 1):
        work(number)
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True)
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--lookups", type=int, default=2_000)
    parser.add_argument("--lists", type=int, default=50)
    arguments = parser.parse_args()
    count = arguments.streams

    def group_id(number: int) -> str:
        return str(FIRST_GROUP + number * STRIDE % count)

    chat_api.configure(arguments.address, timeout=60)
    chat_api.get_streams_summary()
    started = time.perf_counter()
    listed = chat_api.get_group_streams()
    first_list = time.perf_counter() - started
    if len(listed) != count:
        raise SystemExit(f"expected {count} groups on qq, the server has {len(listed)}")
    streams = {stream.stream_id: stream for stream in listed}
    scans = max(20, arguments.lookups // 20)

    seconds = {
        "lookup, drop-in over RPC": median_seconds(
            lambda number: chat_api.get_stream_by_group_id(group_id(number)), arguments.lookups
        ),
        "lookup, scan in process": median_seconds(lambda n: scan_for_group(streams, group_id(n), "qq"), scans),
        "list, drop-in over RPC": median_seconds(lambda _: chat_api.get_group_streams(), arguments.lists),
        "list, drop-in over RPC, the first": first_list,
        "list, scan in process": median_seconds(lambda _: scan_for_groups(streams, "qq"), arguments.lists),
    }
    measurements = [{"name": name, "value": round(value * 1e6, 1), "unit": "µs"} for name, value in seconds.items()]
    print(json.dumps({"streams": count, "measurements": measurements}, ensure_ascii=False))


if __name__ == "__main__":
    main()
