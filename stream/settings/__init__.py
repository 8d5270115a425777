"""Settings: from defaults, a TOML file and the environment, checked as a whole before anything starts."""

from __future__ import annotations

from .connect import ConnectSettings
from .dead_letters import DeadLetterSettings
from .gateway import GatewaySettings
from .http import HttpSettings
from .kafka import KafkaSettings
from .limits import LimitSettings
from .load import Loaded, load, load_settings
from .model import DefinitionSettings, PipelineSettings, Settings
from .topics import ALL_TOPICS, CONNECT_TOPICS, CUSTOMER_TOPICS, LOGICAL_TOPICS, TopicSettings
from .windows import GroupSettings, WindowSettings, window_seconds

__all__ = [
    "ALL_TOPICS",
    "CONNECT_TOPICS",
    "CUSTOMER_TOPICS",
    "LOGICAL_TOPICS",
    "ConnectSettings",
    "DeadLetterSettings",
    "DefinitionSettings",
    "GatewaySettings",
    "GroupSettings",
    "HttpSettings",
    "KafkaSettings",
    "LimitSettings",
    "Loaded",
    "PipelineSettings",
    "Settings",
    "TopicSettings",
    "WindowSettings",
    "load",
    "load_settings",
    "window_seconds",
]
