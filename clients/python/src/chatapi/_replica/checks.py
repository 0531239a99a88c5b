"""What the contract does not allow in arguments, refused as a server refuses it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .. import errors
from .._arguments import check_text
from .._details import FieldViolation
from ..errors import Code
from ..types import Platform
from ..v1 import chat_api_pb2 as pb
from .chats import DEFAULT_PLATFORM

_MAX_PLATFORM = 256
_MAX_STREAM_ID = 255
_MAX_ID = 512
_MAX_TARGET = 4_096
_MAX_NAME_PART = 1_024
_MAX_LABELS = 64
_MAX_LABEL_KEY = 128
_MAX_LABEL_VALUE = 1_024
_MAX_VALUES = 1_000
_MAX_REVISION = 2**64 - 1
_MAX_BYTES_PER_CHARACTER = 4


class Checks:
    """Looks at the arguments of one call. What is in order costs next to nothing."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._found: list[FieldViolation] = []

    def assert_none(self) -> None:
        """Raises InvalidArgument where something was found."""
        if self._found:
            raise errors.InvalidArgument(
                "; ".join(f"{each.field}: {each.description}" for each in self._found),
                code=Code.INVALID_ARGUMENT,
                reason="ERROR_REASON_INVALID_FIELD",
                fields=tuple(self._found),
                method=self._method,
            )

    def text(self, field: str, value: str, fewest: int, most: int) -> None:
        check_text(field, value)
        if len(value) < fewest:
            self._fail(field, f"must be at least {fewest} bytes")
        elif len(value) * _MAX_BYTES_PER_CHARACTER > most and len(value.encode()) > most:
            self._fail(field, f"must be at most {most} bytes")

    def stream_id(self, value: str, field: str = "stream_id") -> None:
        self.text(field, value, 1, _MAX_STREAM_ID)

    def stream_ids(self, values: list[str]) -> None:
        self._several("stream_ids", values)
        for index, value in enumerate(values):
            self.stream_id(value, f"stream_ids[{index}]")

    def chat_id(self, field: str, value: str) -> None:
        """The id of a group or of a user."""
        self.text(field, value, 1, _MAX_ID)

    def target(self, value: str, field: str = "target") -> None:
        self.text(field, value, 1, _MAX_TARGET)

    def targets(self, values: list[str]) -> None:
        self._several("targets", values)
        for index, value in enumerate(values):
            self.target(value, f"targets[{index}]")

    def platform(self, platform: str | Platform | None) -> str | None:
        """The platform that a call is about; None means all of them."""
        if platform is None:
            return DEFAULT_PLATFORM
        if isinstance(platform, Platform):
            return None
        self.text("platform", platform, 1, _MAX_PLATFORM)
        return platform

    def revision(self, revision: str) -> None:
        if not re.fullmatch("[0-9]{1,20}", check_text("at_least_revision", revision)) or int(revision) > _MAX_REVISION:
            self._fail("at_least_revision", "must be a number of 64 bits")

    def filter(self, filter: pb.StreamFilter) -> None:
        self._texts("platforms", filter.platforms, 1, _MAX_PLATFORM)
        self._texts("account_ids", filter.account_ids, 0, _MAX_ID)
        self._texts("scopes", filter.scopes, 0, _MAX_ID)
        self._texts("stream_ids", filter.stream_ids, 1, _MAX_STREAM_ID)
        self._texts("group_ids", filter.group_ids, 1, _MAX_ID)
        self._texts("user_ids", filter.user_ids, 1, _MAX_ID)
        self._texts("exclude_stream_ids", filter.exclude_stream_ids, 1, _MAX_STREAM_ID)
        self.text("filter.name_contains", filter.name_contains, 0, _MAX_NAME_PART)
        self._labels(filter.labels)
        for index, type in enumerate(filter.types):
            if type not in (pb.STREAM_TYPE_PRIVATE, pb.STREAM_TYPE_GROUP, pb.STREAM_TYPE_UNKNOWN):
                self._fail(f"filter.types[{index}]", "must be a type")

    def _texts(self, name: str, values: Iterable[str], fewest: int, most: int) -> None:
        texts = list(values)
        if len(texts) > _MAX_VALUES:
            self._fail(f"filter.{name}", f"must have at most {_MAX_VALUES} values")
        for index, value in enumerate(texts):
            self.text(f"filter.{name}[{index}]", value, fewest, most)

    def _labels(self, labels: Mapping[str, str]) -> None:
        if len(labels) > _MAX_LABELS:
            self._fail("filter.labels", f"must have at most {_MAX_LABELS} entries")
        for key, value in labels.items():
            self.text(f'filter.labels["{key}"]', key, 1, _MAX_LABEL_KEY)
            self.text(f'filter.labels["{key}"]', value, 0, _MAX_LABEL_VALUE)

    def _several(self, field: str, values: list[str]) -> None:
        if not 1 <= len(values) <= _MAX_VALUES:
            self._fail(field, f"must have 1 to {_MAX_VALUES} values")

    def _fail(self, field: str, description: str) -> None:
        self._found.append(FieldViolation(field, description))
