"""What a client is told once: address, token, certificates, deadline."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ._address import DEFAULT_ADDRESS, Address, parse_address
from ._tls import Certificates, read_certificates
from ._token import AskedToken, Token, read_token

DEFAULT_TIMEOUT = 10.0
"""Seconds that a request may take, retries included, when neither the client nor the call says otherwise."""


@dataclass(frozen=True)
class Settings:
    """The settings of one client, checked."""

    address: Address
    token: Token | AskedToken = field(repr=False)
    timeout: float
    certificates: Certificates


def read_settings(
    address: str | None = None,
    *,
    token: str | Callable[[], Any] | None = None,
    token_file: str | os.PathLike[str] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    root_certificates: bytes | None = None,
    client_certificate: bytes | None = None,
    client_key: bytes | None = None,
    allow_plaintext_token: bool = False,
) -> Settings:
    """Completes the arguments of a client from the environment and checks them together.

    Raises:
        ValueError: for an address, token or certificate that cannot be used, and for a token that would leave this
            machine in plain text. The message never repeats the token.
    """
    where = parse_address(address or os.environ.get("CHATAPI_ADDRESS") or DEFAULT_ADDRESS)
    secret = read_token(token, token_file)
    if secret.may_be_sent and not (where.tls or where.loopback or allow_plaintext_token):
        raise ValueError(
            f"address {where.text!r}: the token would be sent in plain text to another machine; use https://, or pass "
            "allow_plaintext_token=True on a network that you trust"
        )
    if not timeout > 0:
        raise ValueError(f"timeout: expected a positive number of seconds, got {timeout!r}")
    certificates = read_certificates(where, root_certificates, client_certificate, client_key)
    return Settings(where, secret, timeout, certificates)
