"""Tokens that change while a client lives: from a function, and from a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from in_process import serving, status

import chatapi
import chatapi.aio


@contextmanager
def letting_in(*tokens: str) -> Iterator[tuple[str, list[str], set[str]]]:
    """A server's address, the tokens that it was shown, and those that it lets in, which a test may change."""
    shown: list[str] = []
    good = set(tokens)

    def answer(_: bytes, context: Any) -> bytes:
        shown.append(dict(context.invocation_metadata()).get("authorization", "").removeprefix("Bearer "))
        if shown[-1] in good:
            return b""
        context.set_trailing_metadata(
            [
                (
                    "grpc-status-details-bin",
                    status("ERROR_REASON_UNAUTHENTICATED", grpc.StatusCode.UNAUTHENTICATED.value[0]),
                )
            ]
        )
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "who is it?")
        raise AssertionError

    with serving({"GetStreamsSummary": answer, "OpenStream": answer}) as address:
        yield address, shown, good


def giving(*tokens: str) -> Callable[[], str]:
    """A function that gives one after the other."""
    return iter(tokens).__next__


def test_a_function_is_asked_before_each_call(make_client: Any) -> None:
    with letting_in("one", "two") as (address, shown, _):
        with make_client(address, token=giving("one", "two")) as client:
            client.get_streams_summary()
            client.get_streams_summary()
    assert shown == ["one", "two"]


def test_a_function_may_give_no_token(make_client: Any) -> None:
    with letting_in("") as (address, shown, _), make_client(address, token=lambda: "") as client:
        client.get_streams_summary()
    assert shown == [""]


def test_a_coroutine_function_is_awaited() -> None:
    async def token() -> str:
        await asyncio.sleep(0)
        return "later"

    async def ask(address: str) -> None:
        async with chatapi.aio.Client(address, token=token) as client:
            await client.get_streams_summary()

    with letting_in("later") as (address, shown, _):
        asyncio.run(ask(address))
    assert shown == ["later"]


def test_a_coroutine_function_has_no_longer_than_the_call() -> None:
    async def ask() -> None:
        async with chatapi.aio.Client("127.0.0.1:1", token=asyncio.Event().wait, timeout=0.01) as client:  # type: ignore[arg-type]
            await client.get_streams_summary()

    with pytest.raises(chatapi.DeadlineExceeded, match="in time"):
        asyncio.run(ask())


def test_a_client_for_threads_takes_no_coroutine_function() -> None:
    async def token() -> str:
        raise AssertionError

    with chatapi.Client("127.0.0.1:1", token=token) as client:  # type: ignore[arg-type]
        with pytest.raises(chatapi.Unauthenticated, match="got coroutine"):
            client.get_streams_summary()


@pytest.mark.parametrize("call", ["read", "write"])
def test_a_refused_token_is_asked_for_afresh_once(call: str, make_client: Any) -> None:
    with letting_in("new") as (address, shown, _):
        with make_client(address, token=giving("old", "new", "newer")) as client:
            if call == "read":
                client.get_streams_summary()
            else:
                client.open_stream(platform="qq", group_id="1")
    assert shown == ["old", "new"]


def test_a_second_refusal_is_told(make_client: Any) -> None:
    with letting_in() as (address, shown, _), make_client(address, token=giving("1", "2", "3")) as client:
        with pytest.raises(chatapi.Unauthenticated, match="who is it"):
            client.get_streams_summary()
    assert shown == ["1", "2"]


@pytest.mark.parametrize("token", ["same", lambda: "same"], ids=["text", "function"])
def test_a_refused_token_that_stays_the_same_is_not_sent_again(token: Any, make_client: Any) -> None:
    with letting_in() as (address, shown, _), make_client(address, token=token) as client:
        with pytest.raises(chatapi.Unauthenticated):
            client.get_streams_summary()
    assert shown == ["same"]


def fail() -> str:
    raise RuntimeError("secret")


@pytest.mark.parametrize(
    ("token", "what"),
    [(fail, "it raised RuntimeError"), (lambda: "sec ret", "printable ASCII"), (lambda: None, "got NoneType")],
)
def test_a_function_that_gives_no_token_fails_the_call_and_shows_nothing(
    token: Any, what: str, make_client: Any
) -> None:
    with make_client("127.0.0.1:1", token=token) as client:
        with pytest.raises(chatapi.Unauthenticated, match=what) as caught:
            client.get_streams_summary()
    assert "ret" not in str(caught.value)


def test_a_function_sends_nothing_in_plain_text_to_another_machine(make_client: Any) -> None:
    with pytest.raises(ValueError, match="plain text"):
        make_client("chat.example.org:50051", token=lambda: "secret")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("one\n")
    return path


def replace(path: Path, text: str) -> None:
    """As a secret that is mounted changes: at once."""
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


def test_a_file_is_read_again_when_it_changes(make_client: Any, file: Path) -> None:
    with letting_in("one", "two") as (address, shown, _), make_client(address, token_file=file) as client:
        client.get_streams_summary()
        replace(file, "two\n")
        client.get_streams_summary()
        client.get_streams_summary()
    assert shown == ["one", "two", "two"]


@pytest.mark.parametrize("text", ["", "\n", "sec ret", "schlüssel", None], ids=["empty", "blank", "space", "ü", "gone"])
def test_a_file_that_breaks_changes_nothing_until_it_is_whole_again(
    text: str | None, make_client: Any, file: Path
) -> None:
    with letting_in("one", "two") as (address, shown, _), make_client(address, token_file=file) as client:
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        client.get_streams_summary()
        file.write_text("two")
        client.get_streams_summary()
    assert shown == ["one", "two"]


def test_a_file_is_read_afresh_when_its_token_is_refused(make_client: Any, file: Path) -> None:
    with letting_in("one") as (address, shown, good), make_client(address, token_file=file) as client:
        client.get_streams_summary()
        before = file.stat()
        file.write_text("two\n")  # by all that the file system tells the same file
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        good.clear()
        good.add("two")
        client.get_streams_summary()
    assert shown == ["one", "one", "two"]


def test_a_file_comes_from_the_environment(make_client: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATAPI_TOKEN_FILE", str(file))
    with letting_in("one", "two") as (address, shown, _):
        with make_client(address) as client:
            client.get_streams_summary()
        with make_client(address, token="two") as client:
            client.get_streams_summary()
    assert shown == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "fault"), [("", "it is empty"), ("sec ret", "printable ASCII"), (None, "No such file")]
)
def test_a_file_that_has_no_token_is_refused_at_once(
    text: str | None, fault: str, make_client: Any, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=fault) as caught:
        make_client(token_file=path)
    assert str(path) in str(caught.value) and "sec" not in str(caught.value).replace(str(path), "")


def test_a_file_sends_nothing_in_plain_text_to_another_machine(make_client: Any, file: Path) -> None:
    with pytest.raises(ValueError, match="plain text"):
        make_client("chat.example.org:50051", token_file=file)


def test_two_tokens_are_refused(make_client: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="token and token_file are both given"):
        make_client(token="one", token_file=file)
    monkeypatch.setenv("CHATAPI_TOKEN", "one")
    monkeypatch.setenv("CHATAPI_TOKEN_FILE", str(file))
    with pytest.raises(ValueError, match="CHATAPI_TOKEN and CHATAPI_TOKEN_FILE are both given"):
        make_client()


def test_the_drop_in_takes_them_too(file: Path) -> None:
    with letting_in("one", "two") as (address, shown, _):
        chatapi.chat_api.configure(address, token_file=file)
        chatapi.chat_api.get_streams_summary()
        chatapi.chat_api.configure(address, token=lambda: "two")
        chatapi.chat_api.get_streams_summary()
    assert shown == ["one", "two"]
