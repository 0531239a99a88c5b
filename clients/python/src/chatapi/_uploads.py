"""A file on its way to the server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20
"""The most that one call takes."""

FINISH_TIMEOUT = 300.0
"""In seconds, for the rows of a file, which may be a million."""


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for _, data in chunks(path):
        digest.update(data)
    return digest.hexdigest()


def chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yields the pieces of a file, each with its offset."""
    offset = 0
    with path.open("rb") as file:
        while data := file.read(CHUNK_BYTES):
            yield offset, data
            offset += len(data)
