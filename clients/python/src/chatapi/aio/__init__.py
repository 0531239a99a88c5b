"""ChatApi for coroutines: `Client`, `Recorder`, `Replica`, and `chat_api` for plugins written for MaiBot's module."""

from . import chat_api
from .client import Client
from .recorder import Recorder
from .replica import Replica

__all__ = ["Client", "Recorder", "Replica", "chat_api"]
