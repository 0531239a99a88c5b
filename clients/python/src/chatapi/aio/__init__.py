"""ChatApi for coroutines: `Client`, and `chat_api` for plugins written for MaiBot's own module."""

from . import chat_api
from .client import Client

__all__ = ["Client", "chat_api"]
