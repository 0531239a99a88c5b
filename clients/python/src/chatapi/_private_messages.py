"""Message classes that no one else can see.

They live in a descriptor pool of their own, so they cannot clash with what another package registers by the same name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto

_SCALARS = {
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "bool": _Field.TYPE_BOOL,
}

FieldShape = tuple[str, int, str]
"""Name, number, and type: a scalar or another message of the same shapes, `repeated ` before it where it is a list."""


def message_classes(package: str, shapes: Mapping[str, Sequence[FieldShape]]) -> dict[str, Any]:
    """Makes a class for each shape."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in shapes.items():
        message = file.message_type.add(name=name)
        for field_name, number, shape in fields:
            kind = shape.removeprefix("repeated ")
            field = message.field.add(name=field_name, number=number, label=_Field.LABEL_OPTIONAL)
            if kind != shape:
                field.label = _Field.LABEL_REPEATED
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type = _Field.TYPE_MESSAGE
                field.type_name = f".{package}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in shapes}
