from __future__ import annotations

import asyncio
import tempfile

import pytest

from stream.app import build_app
from stream.errors import ConfigError
from stream.settings import KafkaSettings, Settings


def test_without_a_temporary_folder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError("No usable temporary directory found in [...]")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(ConfigError, match=r"mount one at /tmp, or set TMPDIR .*No usable temporary directory"):
        build_app(Settings())


@pytest.mark.parametrize("longest", ["session_timeout_seconds", "rebalance_timeout_seconds"])
def test_a_group_may_be_as_patient_as_the_settings_allow(longest: str) -> None:
    async def request_milliseconds(kafka: KafkaSettings) -> int:
        app, _ = build_app(Settings(kafka=kafka))
        consumer = app.consumer._new_consumer_thread()._create_worker_consumer(app.transport)
        await consumer.stop()
        return int(consumer._client._request_timeout_ms)

    assert asyncio.run(request_milliseconds(KafkaSettings.model_validate({longest: 1800}))) == 1_800_000
