"""What the functions accept: the original's checks, in the original's order, before anything is sent."""

from __future__ import annotations

from enum import Enum


class SpecialTypes(Enum):
    """Stands in for a platform."""

    ALL_PLATFORMS = "all_platforms"


PlatformArgument = str | SpecialTypes | None
"""Written as the original writes it; None raises TypeError there, too."""


def check_platform(platform: object) -> str | SpecialTypes:
    """Returns the platform. Raises TypeError unless it is a platform's name or `SpecialTypes`."""
    if not isinstance(platform, (str, SpecialTypes)):
        raise TypeError(f"platform: expected str or SpecialTypes, got {type(platform).__name__}")
    return platform


def check_lookup(name: str, value: object, platform: object) -> str | SpecialTypes:
    """Returns the platform. Raises TypeError for an id that is no text, then for the platform, then ValueError for an
    empty id."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected str, got {type(value).__name__}")
    checked = check_platform(platform)
    if not value:
        raise ValueError(f"{name}: must not be empty")
    return checked
