"""ChatApi for coroutines: `Client`, `Recorder`, and `chat_api` for plugins written for MaiBot's own module."""

from . import chat_api
from .client import Client
from .recorder import Recorder

__all__ = ["Client", "Recorder", "chat_api"]
