"""What a client is told once: address, token, deadline."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from ._address import DEFAULT_ADDRESS, Address, parse_address

DEFAULT_TIMEOUT = 10.0
"""Seconds that a request may take, retries included, when neither the client nor the call says otherwise."""

_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Settings:
    """The settings of one client, checked."""

    address: Address
    token: str | None = field(repr=False)
    timeout: float
    root_certificates: bytes | None

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What goes with every request."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def read_settings(
    address: str | None,
    token: str | None,
    timeout: float,
    root_certificates: bytes | None,
    allow_plaintext_token: bool,
) -> Settings:
    """Completes the arguments of a client from the environment and checks them together.

    Raises:
        ValueError: for an address or token that cannot be used, and for a token that would leave this machine in plain
            text. The message never repeats the token.
    """
    where = parse_address(address or os.environ.get("CHATAPI_ADDRESS") or DEFAULT_ADDRESS)
    secret = token or os.environ.get("CHATAPI_TOKEN") or None
    if secret is not None and not _TOKEN.fullmatch(secret):
        raise ValueError(
            "token: only printable ASCII without spaces can be sent; a line break at the end is often left over "
            "from reading a file"
        )
    if secret is not None and not (where.tls or where.loopback or allow_plaintext_token):
        raise ValueError(
            f"address {where.text!r}: the token would be sent in plain text to another machine; use https://, or pass "
            "allow_plaintext_token=True on a network that you trust"
        )
    if not timeout > 0:
        raise ValueError(f"timeout: expected a positive number of seconds, got {timeout!r}")
    return Settings(where, secret, timeout, root_certificates)
