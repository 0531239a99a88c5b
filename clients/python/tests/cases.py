"""Runs a file of test/cases against a server. See test/cases/README.md for what a case says."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format

import chatapi
from chatapi._methods import METHODS
from chatapi.v1 import chat_api_pb2 as pb


def read(path: Path) -> dict[str, Any]:
    """The file, with its two lists."""
    file = yaml.safe_load(path.read_text())
    return {"given": file.get("given") or [], "cases": file["cases"]}


def writes(file: dict[str, Any]) -> bool:
    """Whether a case changes what is stored."""
    return any(METHODS[case["call"]].has_side_effects for case in file["cases"])


def record_given(client: Any, file: dict[str, Any]) -> None:
    """Puts in what the cases take as given."""
    if file["given"]:
        client.call("RecordActivity", json_format.ParseDict({"activities": file["given"]}, pb.RecordActivityRequest()))


def run(client: Any, file: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yields the name of each case and what is wrong with its answer."""
    kept: dict[str, Any] = {}
    for case in file["cases"]:
        yield case["name"], list(run_case(client, case, kept))


def run_case(client: Any, case: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    """Yields what is wrong with the answer to one case."""
    message = getattr(pb, f"{case['call']}Request")
    request = json_format.ParseDict(_fill_in(case.get("request") or {}, kept), message())
    try:
        answer = json_format.MessageToDict(
            client.call(case["call"], request), always_print_fields_with_no_presence=True
        )
    except chatapi.ChatApiError as error:
        yield from _compare_error(case.get("error"), error)
        return
    if "error" in case:
        yield f"expected {case['error']}, got the answer {answer}"
        return
    yield from _compare(case.get("answer") or {}, answer, "answer")
    for path in case.get("absent", ()):
        if (found := _at(answer, path)) is not None:
            yield f"{path}: expected to be absent, got {found!r}"
    for name, path in case.get("keep", {}).items():
        kept[f"${{{name}}}"] = _at(answer, path)


def _fill_in(value: Any, kept: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _fill_in(item, kept) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill_in(item, kept) for item in value]
    return kept.get(value, value) if isinstance(value, str) else value


def _compare(expected: Any, actual: Any, path: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            yield from _compare(value, actual.get(key), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, value in enumerate(expected):
            yield from _compare(value, actual[index], f"{path}.{index}")
    elif expected != actual:
        yield f"{path}: expected {expected!r}, got {actual!r}"


def _compare_error(expected: dict[str, Any] | None, error: chatapi.ChatApiError) -> Iterator[str]:
    if expected is None:
        yield f"expected an answer, got {error}"
        return
    actual = {"code": error.code.value, "reason": error.reason, "fields": {field.field for field in error.fields}}
    for key, value in expected.items():
        wanted = set(value) if key == "fields" else value
        if actual[key] != wanted:
            yield f"error {key}: expected {wanted!r}, got {actual[key]!r} in {error}"


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def main() -> int:
    """Runs `CHATAPI_CASES` against `CHATAPI_ADDRESS`, where what is given is recorded. Prints a line for each fault."""
    failures = 0
    with chatapi.Client() as client:
        for name, faults in run(client, read(Path(os.environ["CHATAPI_CASES"]))):
            for fault in faults:
                failures += 1
                print(f"{name}: {fault}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
