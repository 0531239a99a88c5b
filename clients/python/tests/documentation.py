"""The examples of the pages that tell of this client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server import ROOT

PAGES = [ROOT / "docs" / "clients" / "python.md", ROOT / "clients" / "python" / "README.md"]


@dataclass(frozen=True)
class Example:
    """One block of code."""

    name: str
    code: str


def examples_of_the_documentation() -> Iterator[Example]:
    """All blocks of Python, in the order of the pages."""
    for page in PAGES:
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.M | re.S), 1):
            yield Example(f"{page.name}-{number}", code)
