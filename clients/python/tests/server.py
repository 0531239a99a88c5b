"""A real server, in a process of its own, on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import chatapi

ROOT = Path(__file__).resolve().parents[3]
MAIN = ROOT / "src" / "main.ts"
NODE = os.environ.get("CHATAPI_TEST_NODE") or str(ROOT / "node_modules" / ".bin" / "node")
STORE = os.environ.get("CHATAPI_TEST_STORE", "")
"""A store URL, in which each server puts a name of its own for `DATABASE`; empty means a new SQLite file."""

_READY = re.compile(r"gRPC listening on (\S+)")
_LOADING_SECONDS = 30.0

# Reads a line that never comes: the end of the pipe tells that the tests are gone, however they went.
_WATCHDOG = 'read -r _; kill -9 "$1" 2>/dev/null'


class Server:
    """Starts with an empty store. Its port and its store outlive a restart."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chatapi-")
        self._flags = list(flags)
        own = f"sqlite:{self._folder.name}/chatapi.db"
        self.store = STORE.replace("DATABASE", f"python_{uuid.uuid4().hex}") or own
        self.address = "127.0.0.1:0"
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Starts it, on the port that it had before."""
        command = [NODE, str(MAIN), "serve", "--store", self.store, "--grpc-listen", self.address]
        self._log = Path(self._folder.name, "log").open("a")  # noqa: SIM115, closed by `stop`
        self._process = subprocess.Popen(
            [*command, "--http-listen", "off", *self._flags], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self._watchdog = subprocess.Popen(
            ["sh", "-c", _WATCHDOG, "sh", str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if ready := _READY.search(line):
                self.address = ready[1]
                self._await_directory()
                return
        raise RuntimeError(f"the server did not start: {''.join(said)}{Path(self._folder.name, 'log').read_text()}")

    def _await_directory(self) -> None:
        """A store elsewhere is read after the port is open, and writes are refused until then."""
        deadline = time.monotonic() + _LOADING_SECONDS
        with chatapi.Client(self.address) as client:
            while True:
                try:
                    client.get_streams_summary()
                    return
                except chatapi.Unavailable as error:
                    if error.reason != "ERROR_REASON_DIRECTORY_LOADING" or time.monotonic() > deadline:
                        raise

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends it. Its store stays."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait()
        assert process.stdout is not None and self._watchdog.stdin is not None
        process.stdout.close()
        self._watchdog.stdin.close()
        self._watchdog.wait()
        self._log.close()

    def send(self, what: signal.Signals) -> None:
        """Sends it a signal."""
        assert self._process is not None
        self._process.send_signal(what)

    def close(self) -> None:
        """Ends it and removes its store."""
        self.stop(signal.SIGKILL)
        self._folder.cleanup()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
