"""Writes the modules for threads from those for coroutines, so that the two clients cannot differ.

    python twins.py           writes them
    python twins.py --check   fails where one is not what this would write

The result is formatted as it is: where a line would fit without its `await`, give the source a trailing comma.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "chatapi"

TWINS = {
    "aio/client.py": "client.py",
    "aio/_lookups.py": "_maibot/lookups.py",
}

# What is different for each call, wherever it stands.
EVERYWHERE = [
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\bchatapi\.aio\.Client\b", "chatapi.Client"),
    (r"\bstr \| Awaitable\[str\]", "str"),
]

# What is different once in a module. Each text must be there.
ONCE = {
    "client.py": [
        (
            '"""The client for coroutines. `chatapi` has the one for threads, with the same methods."""',
            '"""The client for threads. `chatapi.aio` has the one for coroutines, with the same methods."""',
        ),
        (
            "from collections.abc import Iterator, Awaitable, Callable, Iterable, Mapping",
            "from collections.abc import Callable, Iterable, Iterator, Mapping",
        ),
        (
            "asked before each call; it may be a coroutine\n                function. Else `CHATAPI_TOKEN`, else none.",
            "asked before each call. Else\n                `CHATAPI_TOKEN`, else none.",
        ),
        ("from .. import", "from . import"),
        ("from .._methods", "from ._methods"),
        ("from .._pages", "from ._pages"),
        ("from .._settings", "from ._settings"),
        ("from ..errors", "from .errors"),
        ("from ..types", "from .types"),
        (
            "from ..v1 import chat_api_pb2 as pb\nfrom ._connection import Connection\n",
            "from .v1 import chat_api_pb2 as pb\n",
        ),
        (
            "from . import _answers, _requests, _uploads\n",
            "from . import _answers, _requests, _uploads\nfrom ._connection import Connection\n",
        ),
        ("Asks a ChatApi server, from one event loop.", "Asks a ChatApi server, from any number of threads."),
        (
            "A client belongs to the event loop in which it makes its first call.",
            "After a fork the child uses a connection of its own.",
        ),
        ("without connecting. May be called outside of an event loop.", "without connecting."),
    ],
    "_maibot/lookups.py": [
        ("as coroutines ask for them", "as threads ask for them"),
        (
            "from .._maibot.arguments import SpecialTypes\nfrom .._maibot.queries import (\n",
            "from .._connection import Connection\nfrom .._settings import Settings\n"
            "from ..errors import NotFound, ResourceExhausted\n"
            "from .arguments import SpecialTypes\nfrom .queries import (\n",
        ),
        (
            "from .._maibot.stream import ChatStream\nfrom .._settings import Settings\n"
            "from ..errors import NotFound, ResourceExhausted\nfrom ._connection import Connection\n",
            "from .stream import ChatStream\n",
        ),
    ],
}


def written(source: str, target: str) -> str:
    """What stands in `target`."""
    text = (PACKAGE / source).read_text()
    for pattern, replacement in EVERYWHERE:
        text = re.sub(pattern, replacement, text)
    for old, new in ONCE[target]:
        if text.count(old) != 1:
            sys.exit(f"{source}: expected once, found {text.count(old)} times: {old!r}")
        text = text.replace(old, new)
    up = "../" * target.count("/")
    return f"# Written by scripts/twins.py from {up}{source}: change that file and run the script.\n{text}"


def main() -> None:
    for source, target in TWINS.items():
        text, path = written(source, target), PACKAGE / target
        if sys.argv[1:] != ["--check"]:
            path.write_text(text)
        elif path.read_text() != text:
            sys.exit(f"{target}: not what scripts/twins.py writes from {source}; run it")


if __name__ == "__main__":
    main()
