"""What every part of the package refuses alike."""

from __future__ import annotations


def check_text(name: str, value: object) -> str:
    """Returns the text. Raises TypeError for a value that is none: ids are text, also where they look like numbers."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected str, got {type(value).__name__}")
    return value


def check_optional_text(name: str, value: object) -> str | None:
    """As `check_text`; None is not given."""
    return None if value is None else check_text(name, value)
