"""The kernel caches are bounded, and the environment has the last word."""

import os

import pytest

from madang.training.device.kernel import BOUNDS, bound_kernel_caches


def test_the_caches_are_bounded_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BOUNDS:
        monkeypatch.delenv(name, raising=False)
    bound_kernel_caches()
    assert {name: os.environ[name] for name in BOUNDS} == BOUNDS


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "99")
    bound_kernel_caches()
    assert os.environ["LRU_CACHE_CAPACITY"] == "99"
