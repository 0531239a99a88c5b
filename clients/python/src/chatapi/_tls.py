"""Whom a client trusts over TLS, and by which certificate it says who it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import grpc

from ._address import Address


@dataclass(frozen=True)
class Certificates:
    """PEM, each None where the client was given none."""

    roots: bytes | None = None
    chain: bytes | None = None
    key: bytes | None = field(default=None, repr=False)

    def credentials(self) -> grpc.ChannelCredentials:
        """What a channel over TLS is opened with."""
        return grpc.ssl_channel_credentials(self.roots, self.key, self.chain)


def read_certificates(
    address: Address, root_certificates: bytes | None, client_certificate: bytes | None, client_key: bytes | None
) -> Certificates:
    """Checks the arguments of a client.

    Raises:
        TypeError: for what is not bytes.
        ValueError: for what is not PEM, a certificate without its key, and certificates without TLS.
    """
    given = {
        "root_certificates": root_certificates,
        "client_certificate": client_certificate,
        "client_key": client_key,
    }
    for name, value in given.items():
        if value is None:
            continue
        if not isinstance(value, bytes):
            raise TypeError(f"{name}: expected the bytes of a PEM file, got {type(value).__name__}")
        if b"-----BEGIN " not in value:
            raise ValueError(f"{name}: expected PEM, in which -----BEGIN stands; was it given a path?")
        if not address.tls:
            raise ValueError(f"{name} needs an https:// address, and {address.text!r} is none")
    if (client_certificate is None) != (client_key is None):
        raise ValueError("client_certificate and client_key go together: one is worth nothing without the other")
    return Certificates(root_certificates, client_certificate, client_key)
