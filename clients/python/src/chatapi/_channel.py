"""How the connection behaves: reconnecting, keepalive, limits."""

from __future__ import annotations

from typing import Any

import grpc
import grpc.aio

from ._settings import Settings
from ._version import __version__

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest answer read. Servers send 4 MiB at most unless they are told otherwise, which is also gRPC's limit."""

_IN_TURN = [("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}')]
"""Where several servers stand behind one name, calls go to all of them in turn. gRPC itself keeps to one, and leaves
a connection that was lost alone until the next call, which is better where there is only one."""


def _options(settings: Settings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.primary_user_agent", f"chatapi-python/{__version__}"),
        *(_IN_TURN if settings.address.named else []),
        # A peer that vanished without a word (a machine gone, a cable pulled) is noticed within 40 seconds, also
        # between calls; gRPC itself would wait for the operating system to give up.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # After a failed connection attempts fail at once until it connects again: after 0.1 seconds at first, later
        # after 0.4, a fifth more at most. That is within the pauses of a call, see `_retries`.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 400),
        # Not a pause, in spite of its name: what one attempt to connect may take.
        ("grpc.min_reconnect_backoff_ms", 2_000),
        # Its own connection for every client, so that a client made after a fork cannot get the parent's.
        ("grpc.use_local_subchannel_pool", 1),
        # A proxy that the environment names is not asked for a server on this machine.
        ("grpc.enable_http_proxy", 0 if settings.address.loopback else 1),
    ]


def open_channel(settings: Settings) -> grpc.Channel:
    """A channel for threads. It connects at its first call."""
    if settings.address.tls:
        return grpc.secure_channel(settings.address.target, settings.certificates.credentials(), _options(settings))
    return grpc.insecure_channel(settings.address.target, _options(settings))


def open_aio_channel(settings: Settings) -> grpc.aio.Channel:
    """A channel for the running event loop. It connects at its first call."""
    if settings.address.tls:
        credentials = settings.certificates.credentials()
        return grpc.aio.secure_channel(settings.address.target, credentials, _options(settings))
    return grpc.aio.insecure_channel(settings.address.target, _options(settings))
