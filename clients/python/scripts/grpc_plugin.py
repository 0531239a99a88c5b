"""Runs grpcio-tools' gRPC generator as a protoc plugin: a CodeGeneratorRequest on stdin, its response on stdout.

grpcio-tools has that generator built into its protoc and installs no plugin that buf could run by itself.
"""

import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
response = plugin_pb2.CodeGeneratorResponse(supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
with tempfile.TemporaryDirectory() as folder:
    descriptors = Path(folder, "descriptors.binpb")
    descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
    out = Path(folder, "out")
    out.mkdir()
    arguments = ["protoc", f"--descriptor_set_in={descriptors}", f"--grpc_python_out={out}", *request.file_to_generate]
    if protoc.main(arguments) != 0:
        sys.exit("grpc_tools.protoc failed")
    for path in sorted(out.rglob("*.py")):
        response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
sys.stdout.buffer.write(response.SerializeToString())
