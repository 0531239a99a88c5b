"""The cases that every client runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cases
import pytest
from server import ROOT, Server

FILES = sorted((ROOT / "test" / "cases").glob("*.yaml"))


def test_there_are_cases() -> None:
    assert sum(len(cases.read(path)["cases"]) for path in FILES) > 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_answers_as_the_cases_say(path: Path, make_client: Any) -> None:
    file = cases.read(path)
    with Server() as server, make_client(server.address) as client:
        cases.record_given(client, file)
        wrong = {name: faults for name, faults in cases.run(client, file) if faults}
    assert wrong == {}
