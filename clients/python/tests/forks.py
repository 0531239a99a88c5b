"""Forks in a process of their own: what other tests did with gRPC would decide how they end."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from server import Server

need_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

_LONGEST_SECONDS = 60

_PRELUDE = """
import asyncio, multiprocessing, os, threading, time
import chatapi, chatapi.aio
from chatapi import chat_api


def in_child(work):
    '''What `work` returns in a forked child, or how it ended; a child that hangs is killed and named so.'''
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    deadline = time.monotonic() + 20
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            return "hangs"
        time.sleep(0.01)
    with os.fdopen(read) as pipe:
        return pipe.read() or "dies"


def lookup():
    return chat_api.get_stream_by_group_id("1").platform


async def coroutine():
    async with chatapi.aio.Client() as client:
        return (await client.get_streams_summary()).total_streams
"""


def run(server: Server, code: str) -> list[str]:
    """The lines that the code prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _PRELUDE + textwrap.dedent(code)],
        env={"CHATAPI_ADDRESS": server.address},
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
