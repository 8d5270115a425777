"""Errors, split by what the caller can do about them.

DeskpulseError
├── ConfigError      a setting or a topic is wrong: stop, tell the user which key, what was given, what is allowed
├── UnavailableError something outside does not answer (a broker, a port): say which, and what to do
└── LossError        data that should be there is not: never continue silently
"""

from __future__ import annotations


class DeskpulseError(Exception):
    """Base of all errors this project raises on purpose. The message is for the person at the terminal."""

    exit_code = 1


class ConfigError(DeskpulseError):
    """A setting, a file or a topic is wrong. Names the key, the value and what is allowed."""

    exit_code = 2


class UnavailableError(DeskpulseError):
    """Something outside does not answer. Names it and says what to do next."""

    exit_code = 3


class LossError(DeskpulseError):
    """Data that should be there is not."""

    exit_code = 4
