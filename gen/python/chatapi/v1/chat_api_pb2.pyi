from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StreamType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STREAM_TYPE_UNSPECIFIED: _ClassVar[StreamType]
    STREAM_TYPE_PRIVATE: _ClassVar[StreamType]
    STREAM_TYPE_GROUP: _ClassVar[StreamType]
    STREAM_TYPE_UNKNOWN: _ClassVar[StreamType]

class SpecialType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPECIAL_TYPE_UNSPECIFIED: _ClassVar[SpecialType]
    SPECIAL_TYPE_ALL_PLATFORMS: _ClassVar[SpecialType]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_CREATED: _ClassVar[Outcome]
    OUTCOME_UPDATED: _ClassVar[Outcome]
    OUTCOME_UNCHANGED: _ClassVar[Outcome]

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_FIELD: _ClassVar[ErrorReason]
    ERROR_REASON_MALFORMED_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_PAGE_TOKEN_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_PAGE_TOKEN_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_LIST_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_MESSAGE_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_STREAM_ID_COLLISION: _ClassVar[ErrorReason]
    ERROR_REASON_WRITE_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_DIRECTORY_LOADING: _ClassVar[ErrorReason]
    ERROR_REASON_REVISION_NOT_REACHED: _ClassVar[ErrorReason]
    ERROR_REASON_STORE_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_UNKNOWN_METHOD: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_CANCELLED: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
STREAM_TYPE_UNSPECIFIED: StreamType
STREAM_TYPE_PRIVATE: StreamType
STREAM_TYPE_GROUP: StreamType
STREAM_TYPE_UNKNOWN: StreamType
SPECIAL_TYPE_UNSPECIFIED: SpecialType
SPECIAL_TYPE_ALL_PLATFORMS: SpecialType
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_CREATED: Outcome
OUTCOME_UPDATED: Outcome
OUTCOME_UNCHANGED: Outcome
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_FIELD: ErrorReason
ERROR_REASON_MALFORMED_REQUEST: ErrorReason
ERROR_REASON_PAGE_TOKEN_INVALID: ErrorReason
ERROR_REASON_PAGE_TOKEN_MISMATCH: ErrorReason
ERROR_REASON_LIST_TOO_LARGE: ErrorReason
ERROR_REASON_MESSAGE_TOO_LARGE: ErrorReason
ERROR_REASON_STREAM_NOT_FOUND: ErrorReason
ERROR_REASON_STREAM_ID_COLLISION: ErrorReason
ERROR_REASON_WRITE_CONFLICT: ErrorReason
ERROR_REASON_DIRECTORY_LOADING: ErrorReason
ERROR_REASON_REVISION_NOT_REACHED: ErrorReason
ERROR_REASON_STORE_UNAVAILABLE: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_UNKNOWN_METHOD: ErrorReason
ERROR_REASON_DEADLINE_EXCEEDED: ErrorReason
ERROR_REASON_CANCELLED: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason

class UserInfo(_message.Message):
    __slots__ = ("platform", "user_id", "user_nickname", "user_cardname")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NICKNAME_FIELD_NUMBER: _ClassVar[int]
    USER_CARDNAME_FIELD_NUMBER: _ClassVar[int]
    platform: str
    user_id: str
    user_nickname: str
    user_cardname: str
    def __init__(self, platform: _Optional[str] = ..., user_id: _Optional[str] = ..., user_nickname: _Optional[str] = ..., user_cardname: _Optional[str] = ...) -> None: ...

class GroupInfo(_message.Message):
    __slots__ = ("platform", "group_id", "group_name")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_NAME_FIELD_NUMBER: _ClassVar[int]
    platform: str
    group_id: str
    group_name: str
    def __init__(self, platform: _Optional[str] = ..., group_id: _Optional[str] = ..., group_name: _Optional[str] = ...) -> None: ...

class ChatStream(_message.Message):
    __slots__ = ("stream_id", "platform", "user_info", "group_info", "create_time", "last_active_time", "account_id", "scope", "type", "display_name", "labels", "alias_ids", "etag")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    USER_INFO_FIELD_NUMBER: _ClassVar[int]
    GROUP_INFO_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_ACTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ALIAS_IDS_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    platform: str
    user_info: UserInfo
    group_info: GroupInfo
    create_time: _timestamp_pb2.Timestamp
    last_active_time: _timestamp_pb2.Timestamp
    account_id: str
    scope: str
    type: StreamType
    display_name: str
    labels: _containers.ScalarMap[str, str]
    alias_ids: _containers.RepeatedScalarFieldContainer[str]
    etag: str
    def __init__(self, stream_id: _Optional[str] = ..., platform: _Optional[str] = ..., user_info: _Optional[_Union[UserInfo, _Mapping]] = ..., group_info: _Optional[_Union[GroupInfo, _Mapping]] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., last_active_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., account_id: _Optional[str] = ..., scope: _Optional[str] = ..., type: _Optional[_Union[StreamType, str]] = ..., display_name: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., alias_ids: _Optional[_Iterable[str]] = ..., etag: _Optional[str] = ...) -> None: ...

class StreamInfo(_message.Message):
    __slots__ = ("stream_id", "platform", "type", "group_id", "group_name", "user_id", "user_name")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    USER_NAME_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    platform: str
    type: StreamType
    group_id: str
    group_name: str
    user_id: str
    user_name: str
    def __init__(self, stream_id: _Optional[str] = ..., platform: _Optional[str] = ..., type: _Optional[_Union[StreamType, str]] = ..., group_id: _Optional[str] = ..., group_name: _Optional[str] = ..., user_id: _Optional[str] = ..., user_name: _Optional[str] = ...) -> None: ...

class GetAllStreamsRequest(_message.Message):
    __slots__ = ("platform", "special_type", "page_size", "page_token", "at_least_revision")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    platform: str
    special_type: SpecialType
    page_size: int
    page_token: str
    at_least_revision: str
    def __init__(self, platform: _Optional[str] = ..., special_type: _Optional[_Union[SpecialType, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetAllStreamsResponse(_message.Message):
    __slots__ = ("streams", "next_page_token", "total_size")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[ChatStream]
    next_page_token: str
    total_size: int
    def __init__(self, streams: _Optional[_Iterable[_Union[ChatStream, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetGroupStreamsRequest(_message.Message):
    __slots__ = ("platform", "special_type", "page_size", "page_token", "at_least_revision")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    platform: str
    special_type: SpecialType
    page_size: int
    page_token: str
    at_least_revision: str
    def __init__(self, platform: _Optional[str] = ..., special_type: _Optional[_Union[SpecialType, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetGroupStreamsResponse(_message.Message):
    __slots__ = ("streams", "next_page_token", "total_size")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[ChatStream]
    next_page_token: str
    total_size: int
    def __init__(self, streams: _Optional[_Iterable[_Union[ChatStream, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetPrivateStreamsRequest(_message.Message):
    __slots__ = ("platform", "special_type", "page_size", "page_token", "at_least_revision")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    platform: str
    special_type: SpecialType
    page_size: int
    page_token: str
    at_least_revision: str
    def __init__(self, platform: _Optional[str] = ..., special_type: _Optional[_Union[SpecialType, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetPrivateStreamsResponse(_message.Message):
    __slots__ = ("streams", "next_page_token", "total_size")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[ChatStream]
    next_page_token: str
    total_size: int
    def __init__(self, streams: _Optional[_Iterable[_Union[ChatStream, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class GetStreamByGroupIdRequest(_message.Message):
    __slots__ = ("group_id", "platform", "special_type", "at_least_revision")
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    group_id: str
    platform: str
    special_type: SpecialType
    at_least_revision: str
    def __init__(self, group_id: _Optional[str] = ..., platform: _Optional[str] = ..., special_type: _Optional[_Union[SpecialType, str]] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamByGroupIdResponse(_message.Message):
    __slots__ = ("stream", "other_stream_ids")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    OTHER_STREAM_IDS_FIELD_NUMBER: _ClassVar[int]
    stream: ChatStream
    other_stream_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stream: _Optional[_Union[ChatStream, _Mapping]] = ..., other_stream_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetStreamByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "platform", "special_type", "at_least_revision")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_TYPE_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    platform: str
    special_type: SpecialType
    at_least_revision: str
    def __init__(self, user_id: _Optional[str] = ..., platform: _Optional[str] = ..., special_type: _Optional[_Union[SpecialType, str]] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamByUserIdResponse(_message.Message):
    __slots__ = ("stream", "other_stream_ids")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    OTHER_STREAM_IDS_FIELD_NUMBER: _ClassVar[int]
    stream: ChatStream
    other_stream_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, stream: _Optional[_Union[ChatStream, _Mapping]] = ..., other_stream_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetStreamTypeRequest(_message.Message):
    __slots__ = ("stream_id", "chat_stream", "at_least_revision")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    CHAT_STREAM_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    chat_stream: ChatStream
    at_least_revision: str
    def __init__(self, stream_id: _Optional[str] = ..., chat_stream: _Optional[_Union[ChatStream, _Mapping]] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamTypeResponse(_message.Message):
    __slots__ = ("type",)
    TYPE_FIELD_NUMBER: _ClassVar[int]
    type: StreamType
    def __init__(self, type: _Optional[_Union[StreamType, str]] = ...) -> None: ...

class GetStreamInfoRequest(_message.Message):
    __slots__ = ("stream_id", "chat_stream", "at_least_revision")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    CHAT_STREAM_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    chat_stream: ChatStream
    at_least_revision: str
    def __init__(self, stream_id: _Optional[str] = ..., chat_stream: _Optional[_Union[ChatStream, _Mapping]] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamInfoResponse(_message.Message):
    __slots__ = ("info",)
    INFO_FIELD_NUMBER: _ClassVar[int]
    info: StreamInfo
    def __init__(self, info: _Optional[_Union[StreamInfo, _Mapping]] = ...) -> None: ...

class GetStreamsSummaryRequest(_message.Message):
    __slots__ = ("at_least_revision",)
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    at_least_revision: str
    def __init__(self, at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamsSummaryResponse(_message.Message):
    __slots__ = ("total_streams", "group_streams", "private_streams", "qq_streams", "unknown_streams", "platform_streams")
    class PlatformStreamsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    TOTAL_STREAMS_FIELD_NUMBER: _ClassVar[int]
    GROUP_STREAMS_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_STREAMS_FIELD_NUMBER: _ClassVar[int]
    QQ_STREAMS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_STREAMS_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_STREAMS_FIELD_NUMBER: _ClassVar[int]
    total_streams: int
    group_streams: int
    private_streams: int
    qq_streams: int
    unknown_streams: int
    platform_streams: _containers.ScalarMap[str, int]
    def __init__(self, total_streams: _Optional[int] = ..., group_streams: _Optional[int] = ..., private_streams: _Optional[int] = ..., qq_streams: _Optional[int] = ..., unknown_streams: _Optional[int] = ..., platform_streams: _Optional[_Mapping[str, int]] = ...) -> None: ...

class GetStreamRequest(_message.Message):
    __slots__ = ("stream_id", "at_least_revision")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    at_least_revision: str
    def __init__(self, stream_id: _Optional[str] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class GetStreamResponse(_message.Message):
    __slots__ = ("stream",)
    STREAM_FIELD_NUMBER: _ClassVar[int]
    stream: ChatStream
    def __init__(self, stream: _Optional[_Union[ChatStream, _Mapping]] = ...) -> None: ...

class BatchGetStreamsRequest(_message.Message):
    __slots__ = ("stream_ids", "at_least_revision")
    STREAM_IDS_FIELD_NUMBER: _ClassVar[int]
    AT_LEAST_REVISION_FIELD_NUMBER: _ClassVar[int]
    stream_ids: _containers.RepeatedScalarFieldContainer[str]
    at_least_revision: str
    def __init__(self, stream_ids: _Optional[_Iterable[str]] = ..., at_least_revision: _Optional[str] = ...) -> None: ...

class BatchGetStreamsResponse(_message.Message):
    __slots__ = ("streams", "missing_stream_ids")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    MISSING_STREAM_IDS_FIELD_NUMBER: _ClassVar[int]
    streams: _containers.RepeatedCompositeFieldContainer[ChatStream]
    missing_stream_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, streams: _Optional[_Iterable[_Union[ChatStream, _Mapping]]] = ..., missing_stream_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class OpenStreamRequest(_message.Message):
    __slots__ = ("platform", "type", "group_id", "user_id", "account_id", "scope", "group_name", "user_nickname", "user_cardname", "labels")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    GROUP_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_NICKNAME_FIELD_NUMBER: _ClassVar[int]
    USER_CARDNAME_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    platform: str
    type: StreamType
    group_id: str
    user_id: str
    account_id: str
    scope: str
    group_name: str
    user_nickname: str
    user_cardname: str
    labels: _containers.ScalarMap[str, str]
    def __init__(self, platform: _Optional[str] = ..., type: _Optional[_Union[StreamType, str]] = ..., group_id: _Optional[str] = ..., user_id: _Optional[str] = ..., account_id: _Optional[str] = ..., scope: _Optional[str] = ..., group_name: _Optional[str] = ..., user_nickname: _Optional[str] = ..., user_cardname: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class OpenStreamResponse(_message.Message):
    __slots__ = ("stream", "created", "other_stream_ids", "revision")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    OTHER_STREAM_IDS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    stream: ChatStream
    created: bool
    other_stream_ids: _containers.RepeatedScalarFieldContainer[str]
    revision: str
    def __init__(self, stream: _Optional[_Union[ChatStream, _Mapping]] = ..., created: bool = ..., other_stream_ids: _Optional[_Iterable[str]] = ..., revision: _Optional[str] = ...) -> None: ...

class Activity(_message.Message):
    __slots__ = ("platform", "account_id", "scope", "user_info", "group_info", "active_time")
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    USER_INFO_FIELD_NUMBER: _ClassVar[int]
    GROUP_INFO_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    platform: str
    account_id: str
    scope: str
    user_info: UserInfo
    group_info: GroupInfo
    active_time: _timestamp_pb2.Timestamp
    def __init__(self, platform: _Optional[str] = ..., account_id: _Optional[str] = ..., scope: _Optional[str] = ..., user_info: _Optional[_Union[UserInfo, _Mapping]] = ..., group_info: _Optional[_Union[GroupInfo, _Mapping]] = ..., active_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordActivityRequest(_message.Message):
    __slots__ = ("activities",)
    ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    activities: _containers.RepeatedCompositeFieldContainer[Activity]
    def __init__(self, activities: _Optional[_Iterable[_Union[Activity, _Mapping]]] = ...) -> None: ...

class ActivityResult(_message.Message):
    __slots__ = ("stream_id", "outcome")
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    stream_id: str
    outcome: Outcome
    def __init__(self, stream_id: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ...) -> None: ...

class RecordActivityResponse(_message.Message):
    __slots__ = ("results", "revision")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ActivityResult]
    revision: str
    def __init__(self, results: _Optional[_Iterable[_Union[ActivityResult, _Mapping]]] = ..., revision: _Optional[str] = ...) -> None: ...
