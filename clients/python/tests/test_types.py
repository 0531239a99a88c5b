"""Types as a user's checkers see them, from the installed wheel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from documentation import examples_of_the_documentation
from server import NODE, ROOT

EXAMPLES = ROOT / "clients" / "python" / "examples"
SERVICER = "chatapi.v1.chat_api_pb2_grpc"
PLUGIN = Path(__file__).with_name("typed_plugin.py")


def run(*command: str) -> tuple[int, str]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{Path(NODE).parent}:/usr/local/bin:/usr/bin:/bin",
        "PYRIGHT_PYTHON_CACHE_DIR": str(ROOT / ".cache" / "python" / "pyright"),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
        "PYRIGHT_PYTHON_GLOBAL_NODE": "1",
    }
    done = subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, text=True, cwd="/")
    return done.returncode, done.stdout + done.stderr


def assert_passes_mypy(folder: Path, *arguments: str) -> None:
    code, said = run("mypy", "--strict", f"--cache-dir={folder}", *arguments)
    assert code == 0, said


def test_a_plugin_passes_mypy_strict(tmp_path: Path) -> None:
    assert_passes_mypy(tmp_path, str(PLUGIN), *map(str, EXAMPLES.glob("*.py")))


@pytest.mark.parametrize("python", ["3.10", "3.14"])
def test_the_package_itself_passes_mypy_strict(python: str, tmp_path: Path) -> None:
    assert_passes_mypy(tmp_path, "--package=chatapi", f"--python-version={python}")


def test_a_plugin_passes_pyright() -> None:
    code, said = run("pyright", "--pythonpath", sys.executable, str(PLUGIN), str(EXAMPLES))
    assert (code, said.splitlines()[-1]) == (0, "0 errors, 0 warnings, 0 informations"), said


@pytest.fixture
def snippets(tmp_path: Path) -> list[str]:
    """The examples of the documentation as files. What stands for a bot's own package no checker can know."""
    codes = [example.code for example in examples_of_the_documentation() if "\nfrom src." not in example.code]
    assert len(codes) >= 6
    paths = [tmp_path / f"snippet_{number}.py" for number in range(len(codes))]
    for path, code in zip(paths, codes, strict=True):
        path.write_text(code)
    return [str(path) for path in paths]


def test_the_examples_of_the_documentation_pass_mypy_strict(snippets: list[str], tmp_path: Path) -> None:
    assert_passes_mypy(tmp_path, *snippets)


def test_the_examples_of_the_documentation_pass_pyright(snippets: list[str]) -> None:
    code, said = run("pyright", "--pythonpath", sys.executable, *snippets)
    assert (code, said.splitlines()[-1]) == (0, "0 errors, 0 warnings, 0 informations"), said


def test_every_public_name_has_a_complete_type() -> None:
    _, said = run("pyright", "--verifytypes", "chatapi", "--ignoreexternal", "--outputjson")
    symbols = json.loads(said)["typeCompleteness"]["symbols"]
    assert len(symbols) > 500
    # The generated classes for writing a server refer to types of grpcio that its own stubs leave open.
    untyped = [s["name"] for s in symbols if not s["isTypeKnown"] and not s["name"].startswith(f"{SERVICER}.")]
    assert untyped == []
