"""Settings: from defaults, a TOML file and the environment, checked as a whole before anything starts."""

from __future__ import annotations

from .dead_letters import DeadLetterSettings
from .http import HttpSettings
from .kafka import KafkaSettings
from .load import Loaded, load, load_settings
from .model import (
    LOGICAL_TOPICS,
    DefinitionSettings,
    LimitSettings,
    PipelineSettings,
    Settings,
    TopicSettings,
)
from .windows import GroupSettings, WindowSettings, window_seconds

__all__ = [
    "LOGICAL_TOPICS",
    "DeadLetterSettings",
    "DefinitionSettings",
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
