"""Where the server is and whether the connection is encrypted."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_ADDRESS = "127.0.0.1:50051"

# Scheme → encrypted?, port when none is given. No scheme at all means plain text, as in gRPC's own addresses.
_SCHEMES = {
    "": (False, 50051),
    "grpc": (False, 50051),
    "http": (False, 80),
    "grpcs": (True, 50051),
    "https": (True, 443),
}


@dataclass(frozen=True)
class Address:
    """A server's address, understood."""

    text: str
    """As it was given, for messages."""
    target: str
    """`host:port`, as gRPC wants it."""
    tls: bool
    """Whether the connection is encrypted."""
    loopback: bool
    """Whether the server is on this machine."""
    named: bool
    """Whether the host is a name, behind which there may be several servers."""


def parse_address(text: str) -> Address:
    """Understands `host`, `host:port` and `scheme://host:port`.

    `https` and `grpcs` mean TLS; `http`, `grpc` and no scheme mean plain text.

    Raises:
        ValueError: for another scheme, a path, credentials in the address, or no host.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    if scheme.lower() not in _SCHEMES:
        raise ValueError(f"address {text!r}: the scheme must be https, grpcs, http or grpc, or be left out")
    tls, default_port = _SCHEMES[scheme.lower()]
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port or default_port
    except ValueError as error:
        raise ValueError(f"address {text!r}: {error}") from error
    host = parts.hostname
    surplus = parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment
    if not host or surplus or any(map(str.isspace, text)):
        raise ValueError(f"address {text!r}: expected host:port, such as {DEFAULT_ADDRESS} or https://chat.example.org")
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    loopback = _is_loopback(host)
    return Address(text, target, tls, loopback, named=not loopback and not _is_ip(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ipaddress.ip_address(host).is_loopback


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
