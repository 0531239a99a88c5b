"""The token that goes with calls: where it comes from, and how to have the one of the moment."""

from __future__ import annotations

import contextlib
import inspect
import os
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r"[\x21-\x7e]*")
_NOT_SENDABLE = (
    "only printable ASCII without spaces can be sent; a line break at the end is often left over from reading a file"
)


class NoToken(ValueError):
    """What was found is no token. The message never repeats it."""


class Token:
    """A token that stays as it is; empty for none."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def may_be_sent(self) -> bool:
        """Whether a call might carry it."""
        return self._text != ""

    def read(self) -> str:
        """The token to send now."""
        return self._text

    def read_afresh(self) -> str:
        """The same, after a server refused what `read` gave."""
        return self.read()


class FileToken(Token):
    """A token in a file, which is read again when the file has changed. One that is broken then changes nothing."""

    def __init__(self, path: str) -> None:
        """Raises NoToken where the file has none."""
        self._path = path
        self._state = self._stat()
        super().__init__(self._content())

    def read(self) -> str:
        state = self._stat()
        # Of a file that is missing for a moment, or half written, the next change tells.
        return self._text if state in (None, self._state) else self._reread(state)

    def read_afresh(self) -> str:
        return self._reread(self._stat())

    def _reread(self, state: Any) -> str:
        with contextlib.suppress(NoToken):
            self._text, self._state = self._content(), state
        return self._text

    def _stat(self) -> Any:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _content(self) -> str:
        try:
            with open(self._path, encoding="ascii", errors="replace") as file:
                text = file.read().strip()
        except OSError as error:
            raise NoToken(f"token file {self._path!r}: {error.strerror}") from error
        if not text:
            raise NoToken(f"token file {self._path!r}: it is empty; expected a token")
        if not _TOKEN.fullmatch(text):
            raise NoToken(f"token file {self._path!r}: only printable ASCII without spaces can be sent")
        return text


class AskedToken:
    """A token that a function gives, asked before each call."""

    may_be_sent = True

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask

    def read(self) -> Any:
        """What the function gives, which may be anything. Raises what it raises."""
        return self._ask()

    read_afresh = read


def checked(token: Any) -> str:
    """What was given, if it is a token that can be sent; else raises NoToken."""
    if inspect.iscoroutine(token):
        token.close()
    if not isinstance(token, str):
        raise NoToken(f"expected a text, got {type(token).__name__}")
    if not _TOKEN.fullmatch(token):
        raise NoToken(_NOT_SENDABLE)
    return token


def read_token(token: str | Callable[[], Any] | None, file: str | os.PathLike[str] | None) -> Token | AskedToken:
    """The token of the arguments of a client, else of the environment, else none.

    Raises:
        NoToken: for two tokens, and for a token that cannot be sent.
    """
    token, file = token or None, file or None
    names = "token and token_file"
    if token is None and file is None:
        token, file = os.environ.get("CHATAPI_TOKEN") or None, os.environ.get("CHATAPI_TOKEN_FILE") or None
        names = "CHATAPI_TOKEN and CHATAPI_TOKEN_FILE"
    if token is not None and file is not None:
        raise NoToken(f"{names} are both given; expected one of them")
    if file is not None:
        return FileToken(os.fspath(file))
    if callable(token):
        return AskedToken(token)
    if token is not None and not _TOKEN.fullmatch(token):
        raise NoToken(f"token: {_NOT_SENDABLE}")
    return Token(token or "")


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """What goes with a request that is to show the token."""
    return (("authorization", f"Bearer {token}"),) if token else ()
