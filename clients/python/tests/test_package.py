"""The installed wheel: what it needs, what it brings, what it leaves alone."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

import chatapi

PACKAGE = importlib.metadata.distribution("chatapi-client")


def test_needs_grpcio_and_protobuf_only() -> None:
    assert {re.split(r"[<>=; ]", requirement)[0] for requirement in PACKAGE.requires or []} == {"grpcio", "protobuf"}
    assert PACKAGE.metadata["Requires-Python"] == ">=3.10"
    assert PACKAGE.version == chatapi.__version__


def test_brings_one_package_with_types_and_the_generated_code() -> None:
    files = {
        str(file) for file in PACKAGE.files or [] if file.parts[0] != f"chatapi_client-{PACKAGE.version}.dist-info"
    }
    assert {file.partition("/")[0] for file in files} == {"chatapi"}
    generated = {f"chatapi/v1/chat_api_{name}" for name in ("pb2.py", "pb2.pyi", "pb2_grpc.py", "pb2_grpc.pyi")}
    assert {"chatapi/py.typed", *generated} <= files


def test_registers_no_protos_but_its_own() -> None:
    code = """
        import chatapi
        from google.protobuf import descriptor_pool
        pool = descriptor_pool.Default()
        for name in ("chatapi/v1/chat_api.proto", "google/rpc/status.proto", "buf/validate/validate.proto"):
            try:
                print(pool.FindFileByName(name).name)
            except KeyError:
                pass
    """
    done = subprocess.run(
        [sys.executable, "-c", re.sub(r"^ {8}", "", code, flags=re.M)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["chatapi/v1/chat_api.proto"]


def test_warns_of_nothing_when_imported() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", "import chatapi"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_public_name_is_there() -> None:
    for module in (chatapi, chatapi.aio, chatapi.chat_api, chatapi.aio.chat_api, chatapi.errors, chatapi.types):
        assert sorted(module.__all__) == sorted(set(module.__all__))
        assert all(hasattr(module, name) for name in module.__all__)


def test_the_generated_stubs_can_be_used_by_themselves() -> None:
    from chatapi.v1 import chat_api_pb2_grpc

    assert hasattr(chat_api_pb2_grpc, "ChatApiStub")
