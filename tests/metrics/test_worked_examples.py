"""The worked example in each metric's file is true, and the registry holds every metric."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import stream.domain
import stream.metrics

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (stream.domain, stream.metrics)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.pure
@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0
    if hasattr(importlib.import_module(name), "METRIC"):
        assert tried, f"{name} has no worked example"
