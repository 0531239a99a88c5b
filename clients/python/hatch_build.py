"""Puts the generated code into what is built, as the package chatapi.v1."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GENERATED = "gen/python/chatapi/v1"


class GeneratedCode(BuildHookInterface):  # type: ignore[type-arg]
    """In a checkout the generated code is beside `clients`; a source distribution carries its own copy."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        carried = root / GENERATED
        generated = carried if carried.is_dir() else root.parent.parent / GENERATED
        if not generated.is_dir():
            raise FileNotFoundError(f"{generated}: the generated code is missing; build from a complete checkout")
        target = "chatapi/v1" if self.target_name == "wheel" else GENERATED
        build_data["force_include"][str(generated)] = target
