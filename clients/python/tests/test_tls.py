"""Certificates, of the server and of the client."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from in_process import serving

import chatapi


@dataclass(frozen=True)
class Pair:
    """A certificate that is its own authority, and its key, in PEM."""

    certificate: bytes
    key: bytes


def make(folder: Path, name: str) -> Pair:
    key, certificate = folder / f"{name}-key.pem", folder / f"{name}.pem"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject],
        check=True,
        capture_output=True,
    )
    return Pair(certificate.read_bytes(), key.read_bytes())


@pytest.fixture(scope="module")
def of_server(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture(scope="module")
def of_client(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make(tmp_path_factory.mktemp("tls"), "plugin.example.org")


def test_speaks_tls_to_a_server_whose_certificate_it_is_given(make_client: Any, of_server: Pair) -> None:
    credentials = grpc.ssl_server_credentials([(of_server.key, of_server.certificate)])
    with serving({"GetStreamsSummary": lambda _request, _context: b""}, credentials) as address:
        with make_client(f"https://{address}", root_certificates=of_server.certificate) as client:
            assert client.get_streams_summary().total_streams == 0
        with make_client(f"https://{address}") as client:
            with pytest.raises(chatapi.Unavailable, match="answered over TLS"):
                client.get_streams_summary()
        with make_client(address) as client:
            with pytest.raises(chatapi.ChatApiError, match="does it want https://"):
                client.get_streams_summary(timeout=1)


def test_shows_its_certificate_to_a_server_that_wants_one(make_client: Any, of_server: Pair, of_client: Pair) -> None:
    shown: list[bytes] = []

    def note(_request: bytes, context: Any) -> bytes:
        shown.extend(context.auth_context()["x509_common_name"])
        return b""

    credentials = grpc.ssl_server_credentials(
        [(of_server.key, of_server.certificate)], of_client.certificate, require_client_auth=True
    )
    with serving({"GetStreamsSummary": note}, credentials) as address:
        own = {"client_certificate": of_client.certificate, "client_key": of_client.key}
        with make_client(f"https://{address}", root_certificates=of_server.certificate, **own) as client:
            client.get_streams_summary()
        with make_client(f"https://{address}", root_certificates=of_server.certificate, timeout=2) as client:
            with pytest.raises(chatapi.Unavailable, match="TLS"):
                client.get_streams_summary()
    assert shown == [b"plugin.example.org"]


PEM = b"-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"client_certificate": PEM}, "go together"),
        ({"client_key": PEM}, "go together"),
        ({"root_certificates": b"/etc/ca.pem"}, "root_certificates: expected PEM"),
        ({"client_certificate": b"", "client_key": PEM}, "client_certificate: expected PEM"),
        ({"address": "127.0.0.1", "root_certificates": PEM}, "root_certificates needs an https:// address"),
        ({"address": "http://localhost", "client_certificate": PEM, "client_key": PEM}, "needs an https:// address"),
    ],
)
def test_refuses_certificates_that_cannot_be_used(arguments: dict[str, Any], fault: str, make_client: Any) -> None:
    with pytest.raises(ValueError, match=fault):
        make_client(**{"address": "https://localhost", **arguments})


@pytest.mark.parametrize("name", ["root_certificates", "client_certificate", "client_key"])
def test_certificates_are_bytes(name: str, make_client: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}: expected the bytes of a PEM file, got str"):
        make_client("https://localhost", **{name: "-----BEGIN CERTIFICATE-----"})
