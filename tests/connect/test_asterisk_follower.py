"""A queue_log that grows gives the events of the whole log, however it comes, and a command that follows it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.asterisk import VENDOR
from stream.errors import ConfigError
from stream.files.growing import growing_lines
from tests.connect.kit import by_id, cloud_events, passed
from tests.connect.test_asterisk import ANSWERED, CALL, account, read
from tests.connect.test_convert_vendors import convert
from tests.patience import wait_until

LEFT = (
    "1764230400|c2|support|NONE|ENTERQUEUE||x|1",
    "1764230460|c2|support|NONE|EXITWITHTIMEOUT|1|1|60",
    "1764230490|c2|second|NONE|ENTERQUEUE||x|1",
    "1764230500|c2|second|NONE|ABANDON|1|1|10",
    "1764230410|c3|support|NONE|ENTERQUEUE||x|1",
    "1764230420|c3|support|NONE|EXITWITHKEY|1|1|1|10",
    "1764230600|NONE|NONE|PJSIP/1|ADDMEMBER|",
)
LOG = sorted([*ANSWERED, *LEFT])
LATER = "1764300000|NONE|NONE|NONE|RELOAD|"


def followed(batches: list[list[str]]) -> list[Any]:
    assert VENDOR.follow is not None
    follower = VENDOR.follow(account())
    return [outcome for batch in batches for outcome in follower.take([{"line": line} for line in batch])]


@given(st.lists(st.integers(0, len(LOG)), max_size=8))
def test_however_the_log_comes_its_events_are_those_of_the_whole(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(LOG)]
    batches = [LOG[start:end] for start, end in pairwise(places)]
    found = followed([*batches, [], [LATER]])
    assert by_id(found) == by_id(read(*LOG))
    assert len(cloud_events(found)) == len(by_id(found))
    assert sorted(passed(found)) == sorted([*passed(read(*LOG)), "RELOAD"])


def test_an_end_that_may_still_be_a_transfer_waits_for_the_log_to_go_on() -> None:
    begin = [line for line in LOG if "|c3|" in line]
    assert [event["id"] for event in cloud_events(followed([begin]))] == [
        "c3-created",
        "c3-1-queued",
        "c3-1-left_queue",
    ]
    more = followed([begin, ["1764230481|NONE|NONE|NONE|RELOAD|"]])
    assert [event["id"] for event in cloud_events(more)][-1] == "c3-1-ended"


def test_an_answer_is_told_at_once() -> None:
    ids = [event["id"] for event in cloud_events(followed([list(ANSWERED[:3])]))]
    assert ids == [f"{CALL}-created", f"{CALL}-1-queued", f"{CALL}-1-answered"]


def test_lines_are_whole_and_a_rotated_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntw")
    steps: Iterator[Callable[[], object]] = iter(
        [
            lambda: path.open("a").write("o\nthree\n"),
            lambda: (path.rename(tmp_path / "log.1"), path.write_text("four\n")),
            lambda: (tmp_path / "log.1").open("a").write("late\n"),
            lambda: path.write_text("5\n"),
            lambda: None,
        ]
    )

    def wait() -> bool:
        step = next(steps, None)
        if step is not None:
            step()
        return step is not None

    assert [line for lines in growing_lines(path, wait) for line in lines] == ["one", "two", "three", "four", "5"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        next(growing_lines(tmp_path / "none", lambda: False))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("zendesk", "log"), "zendesk has no log that grows; asterisk has"),
        (("asterisk", "-"), "one file, not standard input"),
        (("asterisk", "log", "log"), "one file"),
        (("asterisk", "log", "--out", "x"), "no --out"),
    ],
)
def test_what_cannot_be_followed_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = convert(*arguments, "--follow")
    assert isinstance(result.exception, ConfigError)
    assert told in str(result.exception)


def test_the_command_follows_until_it_is_ended(tmp_path: Path) -> None:
    log, out = tmp_path / "queue_log", tmp_path / "out"
    log.write_text("".join(line + "\n" for line in ANSWERED[:2]))
    command = [
        sys.executable,
        "-m",
        "stream",
        "convert",
        "asterisk",
        str(log),
        "--follow",
        "--source",
        "/asterisk/pbx1",
    ]
    with out.open("wb") as written:
        running = subprocess.Popen(command, stdout=written, stderr=subprocess.PIPE, text=True, env=dict(os.environ))

    def ids() -> list[str]:
        return [json.loads(line)["id"] for line in out.read_text().splitlines()]

    try:
        wait_until(lambda: len(ids()) == 2, "what was there", ids)
        with log.open("a") as more:
            more.write("".join(line + "\n" for line in ANSWERED[2:]))
        wait_until(lambda: len(ids()) == 4, "what came", ids)
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate()
    finally:
        running.kill()
    assert running.returncode == 0
    assert "passed over: 1 RINGNOANSWER" in told
