"""Calls in Asterisk's queue_log, by hand: what each line means, and that reading it twice is reading it once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connect.asterisk import VENDOR, AsteriskOptions
from stream.connect.asterisk.call import events_of_call
from stream.connect.asterisk.line import Line, line_of_file
from stream.connect.pseudonym import pseudonyms
from stream.connect.vendor import Account
from tests.connect.kit import assert_no_trace, broken, by_id, decoded, outcomes, passed, told

CALL = "1764230399.12"


def account(**options: Any) -> Account:
    return Account("/asterisk/pbx1", AsteriskOptions(**options))


def read(*lines: str, whose: Account | None = None) -> list[Any]:
    whose = whose or account()
    rows = [{"line": line} for line in lines]
    assert [layout for layout in VENDOR.layouts if layout.recognises(["line"])] == [VENDOR.layouts[0]]
    return outcomes(VENDOR, VENDOR.layouts[0].records(rows, whose), whose)


def short(found: list[Any]) -> list[str]:
    """``-1-answered@12 agent-...`` with seconds after the first line's 1764230400."""
    return [f"{name.removeprefix(CALL)}@{time[14:19]}" for name, _, time, _ in told(found)]


ANSWERED = (
    "1764230400|1764230399.12|support|NONE|ENTERQUEUE||4420794600xx|1",
    "1764230404|1764230399.12|support|PJSIP/201|RINGNOANSWER|4000",
    "1764230412|1764230399.12|support|PJSIP/202|CONNECT|12|1764230408.14|4",
    "1764230530|1764230399.12|support|PJSIP/202|COMPLETEAGENT|12|118|1",
)


def test_a_call_that_is_answered() -> None:
    found = read(*ANSWERED)
    agent = pseudonyms("/asterisk/pbx1")("PJSIP/202")
    assert told(found) == [
        (
            f"{CALL}-created",
            "ticket.created",
            "2025-11-27T08:00:00Z",
            {"channel": "phone", "team": "support", "opened_by": "customer"},
        ),
        (f"{CALL}-1-queued", "ticket.queued", "2025-11-27T08:00:00Z", {"team": "support"}),
        (f"{CALL}-1-answered", "ticket.answered", "2025-11-27T08:00:12Z", {"agent_id": agent}),
        (f"{CALL}-1-ended", "ticket.ended", "2025-11-27T08:02:10Z", {}),
    ]
    assert passed(found) == ["RINGNOANSWER"]
    assert len(list(decoded(found))) == 4


EXITS = [
    ("ABANDON|1|1|40", "abandoned", {}),
    ("SYSCOMPAT", "abandoned", {}),
    ("EXITWITHTIMEOUT|1|1|40", "left_queue", {"reason": "timeout"}),
    ("EXITWITHTIMEOUT|1", "left_queue", {"reason": "timeout"}),
    ("EXITEMPTY|1|1|40", "left_queue", {"reason": "overflow"}),
    ("EXITWITHKEY|3|1|1|40", "left_queue", {"reason": "transfer"}),
    ("WITHDRAW|1|1|40|by phone of Anna", "left_queue", {"reason": "transfer"}),
    ("exitempty|1|1|40", "left_queue", {"reason": "overflow"}),
]


@pytest.mark.parametrize(("line", "kind", "data"), EXITS)
def test_each_way_out_of_a_queue(line: str, kind: str, data: dict[str, str]) -> None:
    found = read(ANSWERED[0], f"1764230440|{CALL}|support|NONE|{line}")
    assert told(found)[2] == (f"{CALL}-1-{kind}", f"ticket.{kind}", "2025-11-27T08:00:40Z", data)
    ends = [f"{CALL}-1-ended"] if kind == "left_queue" else []
    assert [name for name, *_ in told(found)[3:]] == ends


def test_what_a_key_means_is_an_option_for_a_queue_or_for_all() -> None:
    line = f"1764230440|{CALL}|support|NONE|EXITWITHKEY|2|1|1|40"
    for keys, reason in (
        ({"support:2": "callback"}, "callback"),
        ({"2": "voicemail"}, "voicemail"),
        ({"sales:2": "callback"}, "transfer"),
    ):
        assert told(read(ANSWERED[0], line, whose=account(keys=keys)))[2][3] == {"reason": reason}


@pytest.mark.parametrize(
    "line",
    [
        "BLINDTRANSFER|4420794600|from-internal|12|20|1",
        "ATTENDEDTRANSFER|BRIDGE|3b1|12|20|1",
        "ATTENDEDTRANSFER|LINK|SIP/anna-01|SIP/ben-02|12|20|1",
        "TRANSFER|100|default|12|20",
    ],
)
def test_a_transfer_ends_the_call_unless_it_queues_again_within_a_minute(line: str) -> None:
    transferred = (*ANSWERED[:3], f"1764230432|{CALL}|support|PJSIP/202|{line}")
    assert short(read(*transferred))[-1] == "-1-ended@00:32"
    again = f"1764230433|{CALL}|billing|NONE|ENTERQUEUE||x|1"
    assert short(read(*transferred, again))[3:] == ["-2-queued@00:33"]
    late = f"1764230492|{CALL}|billing|NONE|ENTERQUEUE||x|1"
    assert short(read(*transferred, late))[3:] == ["-1-ended@00:32", "-2-queued@01:32"]


def test_a_call_that_overflows_into_another_queue_in_the_same_second() -> None:
    found = read(
        ANSWERED[0],
        f"1764230420|{CALL}|support|NONE|EXITEMPTY|1|1|20",
        f"1764230420|{CALL}|second|NONE|ENTERQUEUE||x|1",
        f"1764230429|{CALL}|second|PJSIP/7|CONNECT|9|x|3",
        f"1764230500|{CALL}|second|PJSIP/7|COMPLETECALLER|9|71|1",
    )
    assert short(found) == [
        "-created@00:00",
        "-1-queued@00:00",
        "-1-left_queue@00:20",
        "-2-queued@00:20",
        "-2-answered@00:29",
        "-2-ended@01:40",
    ]
    sequences = [int(event["sequence"]) for event in found if isinstance(event, dict)]
    assert sequences == sorted(sequences) == [0, 11, 12, 21, 22, 23]


def test_the_same_queue_entered_twice_is_two_visits() -> None:
    found = read(
        ANSWERED[0],
        f"1764230410|{CALL}|support|NONE|EXITWITHTIMEOUT|1|1|10",
        f"1764230420|{CALL}|support|NONE|ENTERQUEUE||x|1",
        f"1764230425|{CALL}|support|NONE|ABANDON|1|1|5",
    )
    assert short(found)[1:] == ["-1-queued@00:00", "-1-left_queue@00:10", "-2-queued@00:20", "-2-abandoned@00:25"]


def test_an_exit_whose_entry_lies_before_the_log_waited_as_long_as_it_says() -> None:
    found = read(ANSWERED[2], ANSWERED[3])
    assert by_id(found) == by_id(read(*ANSWERED))


def test_an_exit_without_entry_and_without_wait_is_no_queueing() -> None:
    assert short(read(f"1764230440|{CALL}|support|NONE|SYSCOMPAT")) == ["-created@00:40", "-1-abandoned@00:40"]


def test_the_end_of_a_call_that_began_before_the_log_is_passed_over() -> None:
    found = read(ANSWERED[3])
    assert not told(found)
    assert passed(found) == ["COMPLETEAGENT of a call that began before the log"]


def test_a_second_exit_of_one_wait_is_passed_over() -> None:
    found = read(*ANSWERED[:3], f"1764230413|{CALL}|support|NONE|ABANDON|1|1|13")
    assert short(found)[-1] == "-1-answered@00:12"
    assert passed(found)[-1] == "ABANDON of a wait that was over"


@pytest.mark.parametrize("call", ["NONE", "REALTIME", "MANAGER", "CLI", ""])
def test_lines_that_concern_no_call_are_passed_over(call: str) -> None:
    found = read(f"1764230440|{call}|support|PJSIP/202|ADDMEMBER|")
    assert (told(found), passed(found)) == ([], ["ADDMEMBER"])


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "1764230440|1.2|support|NONE",
        "soon|1.2|support|NONE|ENTERQUEUE",
        "12|1.2|support|NONE|ENTERQUEUE",
        "1764230440.5|1.2|support|NONE|ENTERQUEUE",
        "9" * 30 + "|1.2|support|NONE|ENTERQUEUE",
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    found = read(ANSWERED[0], line)
    assert [item.record for item in broken(found)] == ["line 2"]
    assert line not in repr(broken(found))
    assert len(told(found)) == 2


TABLE = {
    "time": "2025-11-27 09:00:00.250000",
    "callid": CALL,
    "queuename": "support",
    "agent": "NONE",
    "event": "ENTERQUEUE",
}


def table(*rows: dict[str, str], **options: Any) -> list[Any]:
    whose = account(**options)
    layout = next(layout for layout in VENDOR.layouts if layout.recognises(list(rows[0])))
    return outcomes(VENDOR, layout.records(rows, whose), whose)


def test_the_table_says_local_times_and_its_zone_has_to_be_told() -> None:
    exit_row = {**TABLE, "time": "2025-11-27 09:00:40", "event": "ABANDON", "data1": "1", "data2": "1", "data3": "40"}
    found = table(TABLE, exit_row, zone="Europe/Berlin")
    assert [time for *_, time, _ in told(found)][1:] == ["2025-11-27T08:00:00.250000Z", "2025-11-27T08:00:40Z"]
    assert ["zone" in item.detail for item in broken(table(TABLE))] == [True]
    with pytest.raises(ValueError, match="Europe/Berlin"):
        AsteriskOptions(zone="Europe/Atlantis")


def test_the_tables_data_may_be_one_column() -> None:
    row = {**TABLE, "event": "CONNECT", "agent": "Local/201", "data": "12|x|4"}
    assert told(table(row, zone="UTC"))[1][2] == "2025-11-27T08:59:48.250000Z"


@pytest.mark.parametrize("time", ["", "2025-11-27", "27.11.2025 09:00:00", "1764230400"])
def test_a_row_without_a_time_is_named(time: str) -> None:
    assert [item.record for item in broken(table({**TABLE, "time": time}, zone="UTC"))] == ["row 1"]


def test_nothing_personal_leaves() -> None:
    planted = ("4420794600", "anna@example.org", "Anna Arndt", "SIP/anna", "secret extension")
    found = read(
        f"1764230400|{CALL}|support|NONE|ENTERQUEUE|anna@example.org|4420794600|1|Anna Arndt",
        f"1764230412|{CALL}|support|SIP/anna|CONNECT|12|SIP/anna-0001|4",
        f"1764230432|{CALL}|support|SIP/anna|BLINDTRANSFER|4420794600|secret extension|12|20|1",
        f"1764230433|{CALL}|support|Anna Arndt|DID|4420794600",
        f"x|{CALL}|Anna Arndt|anna@example.org|DID|4420794600",
    )
    assert_no_trace(found, planted)


def test_one_member_is_one_agent_and_another_key_another_name() -> None:
    first, second = pseudonyms("k"), pseudonyms("other")
    assert first("SIP/201") == first("SIP/201") != first("SIP/202")
    assert first("SIP/201") != second("SIP/201")


EVENTS = ["ENTERQUEUE", "CONNECT", "ABANDON", "EXITEMPTY", "EXITWITHKEY", "COMPLETEAGENT", "BLINDTRANSFER", "DID"]
LINES = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from(["a", "b"]), st.sampled_from(EVENTS), st.integers(0, 30)),
    max_size=12,
).map(
    lambda steps: [
        Line(
            1_764_230_400_000_000 + 1_000_000 * sum(step[0] for step in steps[: place + 1]),
            "1.2",
            queue,
            event,
            "agent-1",
            wait,
        )
        for place, (_, queue, event, wait) in enumerate(steps)
    ]
)


def events_to(lines: list[Line], read_to_us: int | None) -> list[Any]:
    return list(events_of_call(lines, "/asterisk/pbx1", str, lambda queue, key: "transfer", read_to_us))


@given(LINES)
def test_following_a_growing_log_gives_the_events_of_the_whole(lines: list[Line]) -> None:
    whole = by_id(events_to(lines, None))
    seen: dict[str, bytes] = {}
    for count, (_, after) in enumerate(pairwise(lines), 1):
        seen |= by_id(events_to(lines[:count], after.time_us))
        assert seen.items() <= whole.items()
    assert list(decoded(events_to(lines, None))) is not None


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    line_of_file(text, "line 1", pseudonyms("k"))
    read(text, "1764230440|" + text)
