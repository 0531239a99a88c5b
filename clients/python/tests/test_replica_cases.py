"""The cases that every client runs, a second time through a replica."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cases
import pytest
from replica_caller import NotAskedOfReplicas, ReplicaCaller
from server import ROOT, Server

import chatapi

FILES = sorted((ROOT / "test" / "cases").glob("*.yaml"))
# About the server, which a replica is not.
FILES = [path for path in FILES if path.stem != "server-info"]

_asked: Counter[bool] = Counter()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_replica_answers_as_the_cases_say(path: Path) -> None:
    file = cases.read(path)
    with Server() as server, chatapi.Client(server.address) as client:
        cases.record_given(client, file)
        with chatapi.Replica(client, heartbeat=1) as replica:
            replica.ready()
            caller = ReplicaCaller(client, replica)
            kept: dict[str, object] = {}
            wrong = {}
            for case in file["cases"]:
                try:
                    faults = list(cases.run_case(caller, case, kept))
                    _asked[True] += 1
                except NotAskedOfReplicas:
                    _asked[False] += 1
                    faults = list(cases.run_case(client, case, kept))
                if faults:
                    wrong[case["name"]] = faults
            assert wrong == {}


def test_few_cases_are_not_asked_of_replicas() -> None:
    assert _asked[False] < _asked[True] / 5
