"""The cases that every client runs."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from blocking import Blocking
from server import ROOT, Server

import chatapi

FILES = sorted((ROOT / "test" / "cases").glob("*.yaml"))


def test_there_are_cases() -> None:
    assert sum(len(cases.read(path)["cases"]) for path in FILES) > 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_as_the_cases_say(path: Path) -> None:
    file = cases.read(path)
    clients = [chatapi.Client, Blocking]
    # Cases that write each need an empty store; the others cannot disturb one another.
    groups = [[client] for client in clients] if cases.writes(file) else [clients]
    for group in groups:
        with Server() as server:
            with chatapi.Client(server.address) as client:
                cases.record_given(client, file)
            for make_client in group:
                with make_client(server.address) as client:
                    wrong = {name: faults for name, faults in cases.run(client, file) if faults}
                assert wrong == {}
