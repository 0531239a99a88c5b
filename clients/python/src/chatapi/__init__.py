"""Asks ChatApi which chats a bot has, which chat a group or a user is, and what is known of it.

    import chatapi

    with chatapi.Client() as client:
        found = client.get_stream_by_group_id("941657197")
        if found.stream:
            print(found.stream.display_name)

`chatapi.aio.Client` has the same methods as coroutines. `chatapi.chat_api` stands in for MaiBot's module of that name.
"""

from . import aio, chat_api
from ._maibot.install import install_as_maibot
from ._version import __version__
from .client import Client
from .errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    ChatApiError,
    ClientClosed,
    Code,
    DeadlineExceeded,
    FailedPrecondition,
    FieldViolation,
    ForkedError,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
)
from .types import (
    ALL_PLATFORMS,
    Activity,
    ActivityResult,
    AlteredRow,
    BatchedStreams,
    ChangedStream,
    ChatStream,
    DeletedStream,
    FoundStream,
    GroupInfo,
    ImportReport,
    MergedChat,
    OpenedStream,
    Outcome,
    Platform,
    RecordedActivity,
    RefusedRow,
    ServerInfo,
    StreamFilter,
    StreamInfo,
    StreamOrder,
    StreamsSummary,
    StreamType,
    UserInfo,
)

__all__ = [
    "ALL_PLATFORMS",
    "Aborted",
    "Activity",
    "ActivityResult",
    "AlreadyExists",
    "AlteredRow",
    "BatchedStreams",
    "Cancelled",
    "ChangedStream",
    "ChatApiError",
    "ChatStream",
    "Client",
    "ClientClosed",
    "Code",
    "DeadlineExceeded",
    "DeletedStream",
    "FailedPrecondition",
    "FieldViolation",
    "ForkedError",
    "FoundStream",
    "GroupInfo",
    "ImportReport",
    "Internal",
    "InvalidArgument",
    "MergedChat",
    "NotFound",
    "OpenedStream",
    "OutOfRange",
    "Outcome",
    "PermissionDenied",
    "Platform",
    "RecordedActivity",
    "RefusedRow",
    "ResourceExhausted",
    "ServerInfo",
    "StreamFilter",
    "StreamInfo",
    "StreamOrder",
    "StreamType",
    "StreamsSummary",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "UserInfo",
    "__version__",
    "aio",
    "chat_api",
    "install_as_maibot",
]
