"""What the tests share. Each test file gets a server of its own with an empty store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from blocking import Blocking
from server import Server

import chatapi


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those that a test makes."""
    for name in ("CHATAPI_ADDRESS", "CHATAPI_TOKEN", "CHATAPI_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture(params=[chatapi.Client, Blocking], ids=["threads", "asyncio"])
def make_client(request: pytest.FixtureRequest) -> Any:
    """Either of the two clients."""
    return request.param


@pytest.fixture
def client(make_client: Any, server: Server) -> Iterator[Any]:
    with make_client(server.address) as client:
        yield client
