"""How the connection behaves: retries, keepalive, limits."""

from __future__ import annotations

import json
from typing import Any

import grpc
import grpc.aio

from ._methods import METHODS, SERVICE
from ._settings import Settings
from ._version import __version__

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest answer read. Servers send 4 MiB at most unless they are told otherwise, which is also gRPC's limit."""

# A server that is down is tried again after 0.2, 0.4, 0.8 and 1.6 seconds at most, each a little random: three seconds
# are enough for a restart, and far below the default deadline. gRPC allows five attempts.
_RETRY_POLICY = {
    "maxAttempts": 5,
    "initialBackoff": "0.2s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}

_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{"service": SERVICE, "method": m.name} for m in METHODS.values() if not m.has_side_effects],
            "retryPolicy": _RETRY_POLICY,
        }
    ]
}


def _options(settings: Settings) -> list[tuple[str, Any]]:
    return [
        ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.primary_user_agent", f"chatapi-python/{__version__}"),
        # A peer that vanished without a word (a machine gone, a cable pulled) is noticed within 40 seconds, also
        # between calls; gRPC itself would wait for the operating system to give up.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # A server that comes back is found within two seconds, not after gRPC's two minutes.
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        # Its own connection for every client, so that a client made after a fork cannot get the parent's.
        ("grpc.use_local_subchannel_pool", 1),
        # A proxy that the environment names is not asked for a server on this machine.
        ("grpc.enable_http_proxy", 0 if settings.address.loopback else 1),
    ]


def open_channel(settings: Settings) -> grpc.Channel:
    """A channel for threads. It connects at its first call."""
    if settings.address.tls:
        credentials = grpc.ssl_channel_credentials(settings.root_certificates)
        return grpc.secure_channel(settings.address.target, credentials, _options(settings))
    return grpc.insecure_channel(settings.address.target, _options(settings))


def open_aio_channel(settings: Settings) -> grpc.aio.Channel:
    """A channel for the running event loop. It connects at its first call."""
    if settings.address.tls:
        credentials = grpc.ssl_channel_credentials(settings.root_certificates)
        return grpc.aio.secure_channel(settings.address.target, credentials, _options(settings))
    return grpc.aio.insecure_channel(settings.address.target, _options(settings))
