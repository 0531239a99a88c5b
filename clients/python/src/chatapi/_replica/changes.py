"""What changes in a replica."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..types import ChangeKind, ChatStream
from ..v1 import chat_api_pb2 as pb
from .copy import Copy

_MAX_IDS = 10_000


@dataclass(frozen=True, kw_only=True)
class ReplicaChange:
    """What became of one stream of a replica."""

    kind: ChangeKind
    """What happened, as the filter has it."""
    stream_id: str
    before: ChatStream | None
    """What it was; None where the replica had none."""
    after: ChatStream | None
    """What it is; None where it is gone, from the directory or from the filter."""
    merged_into_stream_id: str = ""
    """The stream that it is a part of now, where it was merged."""
    revision: str
    """From which on it is so."""
    is_inferred: bool = False
    """Whether this was found by comparing two snapshots, since what happened in between could not be told: several
    changes may have become one, and what is gone is `DELETED`, whatever became of it."""


def applied(copy: Copy, changes: Sequence[pb.StreamChange], revision: int) -> list[ReplicaChange]:
    """Takes in a commit. What changed nothing is no change."""
    found = []
    for change in changes:
        before = (
            copy.put(change.stream, change.position) if change.HasField("stream") else copy.delete(change.stream_id)
        )
        held = copy.own(change.stream_id)
        after = held.stream if held else None
        if (before and before.etag) != (after and after.etag):
            found.append(
                ReplicaChange(
                    kind=ChangeKind(change.kind),
                    stream_id=change.stream_id,
                    before=before,
                    after=after,
                    merged_into_stream_id=change.merged_into_stream_id,
                    revision=str(revision),
                )
            )
    return found


def differences(old: Copy, current: Copy, revision: int) -> list[ReplicaChange]:
    """What has to have happened between two snapshots."""
    found = []
    for held in old:
        now = current.own(held.message.stream_id)
        if now is None or now.message.etag != held.message.etag:
            kind = ChangeKind.UPDATED if now else ChangeKind.DELETED
            found.append(_inferred(kind, held.stream, now.stream if now else None, revision))
    for held in current:
        if old.own(held.message.stream_id) is None:
            found.append(_inferred(ChangeKind.OPENED, None, held.stream, revision))
    return found


def _inferred(kind: ChangeKind, before: ChatStream | None, after: ChatStream | None, revision: int) -> ReplicaChange:
    stream = after or before
    assert stream is not None
    return ReplicaChange(
        kind=kind,
        stream_id=stream.stream_id,
        before=before,
        after=after,
        revision=str(revision),
        is_inferred=True,
    )


class DeletedIds:
    """The ids of streams that were seen to be deleted, and their aliases, as many as are worth remembering."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def __contains__(self, stream_id: str) -> bool:
        return stream_id in self._ids

    def take(self, change: ReplicaChange) -> None:
        if change.after:
            for stream_id in (change.stream_id, *change.after.alias_ids):
                self._ids.pop(stream_id, None)
        elif change.kind == ChangeKind.DELETED and change.before:
            self._ids.update(dict.fromkeys((change.stream_id, *change.before.alias_ids)))
            while len(self._ids) > _MAX_IDS:
                del self._ids[next(iter(self._ids))]
