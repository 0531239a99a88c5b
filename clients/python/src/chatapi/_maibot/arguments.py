"""What the functions accept: the original's checks, in the original's order, before anything is sent."""

from __future__ import annotations

from enum import Enum

from .._arguments import check_text

__all__ = ["PlatformArgument", "SpecialTypes", "check_lookup", "check_platform", "check_text"]


class SpecialTypes(Enum):
    """Stands in for a platform."""

    ALL_PLATFORMS = "all_platforms"


PlatformArgument = str | SpecialTypes | None
"""Written as the original writes it; None raises TypeError there, too."""


def check_platform(platform: object) -> str | SpecialTypes:
    """Returns the platform. Raises TypeError unless it is a platform's name or `SpecialTypes`, also the bot's own."""
    if isinstance(platform, Enum) and (platform.name, platform.value) == ("ALL_PLATFORMS", "all_platforms"):
        return SpecialTypes.ALL_PLATFORMS
    if not isinstance(platform, (str, SpecialTypes)):
        raise TypeError(f"platform: expected str or SpecialTypes, got {type(platform).__name__}")
    return platform


def check_lookup(name: str, value: object, platform: object) -> str | SpecialTypes:
    """Returns the platform. Raises TypeError for an id that is no text, then for the platform, then ValueError for an
    empty id."""
    text = check_text(name, value)
    checked = check_platform(platform)
    if not text:
        raise ValueError(f"{name}: must not be empty")
    return checked
