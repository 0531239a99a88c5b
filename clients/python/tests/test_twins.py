"""The client for threads is the one for coroutines, but for the waiting."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest
from server import ROOT

import chatapi
import chatapi.aio

METHODS = [name for name, _ in inspect.getmembers(chatapi.Client, inspect.isfunction) if not name.startswith("_")]


def test_the_modules_for_threads_are_what_the_script_writes() -> None:
    script = ROOT / "clients" / "python" / "scripts" / "twins.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_both_clients_have_the_same_methods() -> None:
    others = [name for name, _ in inspect.getmembers(chatapi.aio.Client, inspect.isfunction)]
    assert [name for name in others if not name.startswith("_")] == METHODS
    assert len(METHODS) > 15


@pytest.mark.parametrize("name", ["__init__", *METHODS])
def test_methods_take_and_tell_the_same(name: str) -> None:
    own, other = getattr(chatapi.Client, name), getattr(chatapi.aio.Client, name)
    signature, twin = inspect.signature(own), inspect.signature(other)
    # Only coroutines can wait for the function that gives a token.
    parameters = [str(parameter).replace("str | Awaitable[str]", "str") for parameter in twin.parameters.values()]
    assert [str(parameter) for parameter in signature.parameters.values()] == parameters
    assert str(signature.return_annotation) == str(twin.return_annotation).replace("AsyncIterator", "Iterator")
    if name == "__init__":
        return
    said: Any = other.__doc__
    assert own.__doc__ == said.replace("await ", "")
    assert inspect.iscoroutinefunction(other) is not name.startswith(("iter_", "stream"))
