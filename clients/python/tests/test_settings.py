"""Addresses and tokens, refused or understood before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from chatapi._address import parse_address


@pytest.mark.parametrize(
    ("text", "target", "tls", "loopback"),
    [
        ("127.0.0.1:50051", "127.0.0.1:50051", False, True),
        ("localhost", "localhost:50051", False, True),
        ("[::1]:50051", "[::1]:50051", False, True),
        ("chat.example.org", "chat.example.org:50051", False, False),
        ("grpc://chat.example.org", "chat.example.org:50051", False, False),
        ("grpcs://chat.example.org", "chat.example.org:50051", True, False),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080", False, True),
        ("https://chat.example.org", "chat.example.org:443", True, False),
    ],
)
def test_understands_addresses(text: str, target: str, tls: bool, loopback: bool) -> None:
    address = parse_address(text)
    assert (address.target, address.tls, address.loopback) == (target, tls, loopback)


@pytest.mark.parametrize(
    "text",
    [
        *("ftp://host", "https://", "host:port", "host:70000", " "),
        *("https://host/path", "https://user:secret@host", "host?a=b"),
    ],
)
def test_refuses_addresses_that_it_does_not_understand(text: str, make_client: Any) -> None:
    with pytest.raises(ValueError, match="address"):
        make_client(text)


@pytest.mark.parametrize("token", ["secret\n", "sec ret", "schlüssel", "\x00"])
def test_refuses_a_token_that_cannot_be_sent_and_does_not_repeat_it(token: str, make_client: Any) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as caught:
        make_client(token=token)
    assert token.strip() not in str(caught.value)


def test_refuses_a_token_with_a_newline_from_the_environment(make_client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATAPI_TOKEN", "secret\n")
    with pytest.raises(ValueError, match="line break"):
        make_client()


def test_sends_no_token_in_plain_text_to_another_machine_unless_told_so(make_client: Any) -> None:
    with pytest.raises(ValueError, match="plain text"):
        make_client("chat.example.org:50051", token="secret")
    with make_client("chat.example.org:50051", token="secret", allow_plaintext_token=True):
        pass
    with make_client("https://chat.example.org", token="secret"):
        pass


@pytest.mark.parametrize(
    "host",
    [
        *(
            "10.0.0.5",
            "172.16.0.1",
            "192.168.1.7",
            "169.254.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "128.0.0.1",
            "126.255.255.255",
        ),
        *("[fd00::1]", "[fe80::1]", "[::]", "[::2]", "[::ffff:10.0.0.5]", "2130706433", "127.1", "0x7f000001"),
        *("localhost.example.org", "notlocalhost", "localhosts", "127.0.0.1.example.org", "my-localhost"),
    ],
)
def test_another_machine_gets_no_token_in_plain_text(host: str, make_client: Any) -> None:
    assert not parse_address(f"{host}:50051").loopback
    for address in (host, f"{host}:50051", f"http://{host}:8080"):
        with pytest.raises(ValueError, match="plain text"):
            make_client(address, token="secret")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.255.254", "[::1]", "localhost", "LOCALHOST", "a.localhost"])
def test_this_machine_gets_it(host: str, make_client: Any) -> None:
    assert parse_address(f"{host}:50051").loopback
    with make_client(host, token="secret"):
        pass


def test_refuses_a_deadline_that_is_over_before_it_begins(make_client: Any) -> None:
    with pytest.raises(ValueError, match="timeout"):
        make_client(timeout=0)
