"""Who may log in, how often one may be wrong, and what a users file must look like."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import get_args

import bcrypt
import pytest

from stream.edge.serve.access.attempts import Attempts
from stream.edge.serve.access.credentials import Credentials, Kind, credentials_of
from stream.edge.serve.access.logins import Denied, Grant, Logins
from stream.edge.serve.access.users import new_token, read_users, token_digest
from stream.errors import ConfigError

PASSWORD = "correct horse battery"
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
TOKEN, TOKEN_HASH = new_token()
BOARD, BOARD_HASH = new_token()
ANNA = Credentials("password", PASSWORD, "anna")
FILE = f"""# who may log in
basic_auth_users:
  anna: {HASH}
bearer_tokens:
  prometheus: {TOKEN_HASH}
board_tokens:
  lobby: {BOARD_HASH}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.yml"
    path.write_text(FILE)
    return path


def judge(file: Path, *given: Credentials, per_minute: int = 1000, address: str = "10.0.0.1") -> list[Grant | Denied]:
    logins = Logins(file, Attempts(per_minute))

    async def all_of_them() -> list[Grant | Denied]:
        return [await logins.judge(address, one) for one in given]

    try:
        return asyncio.run(all_of_them())
    finally:
        logins.close()


def must_wait(found: Sequence[Grant | Denied]) -> list[bool]:
    """Of each: whether it was refused for a time."""
    return [isinstance(one, Denied) and one.retry_seconds > 0 for one in found]


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_right_logins_may_see_what_they_are_for(file: Path) -> None:
    assert judge(
        file, ANNA, ANNA, Credentials("bearer", TOKEN), Credentials("board", BOARD), Credentials("bearer", BOARD)
    ) == [Grant.ALL, Grant.ALL, Grant.ALL, Grant.BOARD, Grant.BOARD]


@pytest.mark.parametrize(
    "given",
    [
        Credentials("password", PASSWORD, "ANNA"),
        Credentials("password", PASSWORD, "nobody"),
        Credentials("password", PASSWORD + " ", "anna"),
        Credentials("password", "", "anna"),
        Credentials("password", HASH, "anna"),
        Credentials("password", PASSWORD + "\0", "anna"),
        Credentials("password", "x" * 5000, "anna"),
        Credentials("password", "ü" * 40, "anna"),
        Credentials("bearer", ""),
        Credentials("bearer", PASSWORD),
        Credentials("bearer", TOKEN_HASH),
        Credentials("bearer", "\udcff"),
        Credentials("board", TOKEN),  # a token for everything does not belong into an address
        Credentials("unreadable", TOKEN),
        Credentials("unreadable", BOARD),
    ],
)
def test_wrong_logins_may_see_nothing(file: Path, given: Credentials) -> None:
    assert judge(file, given, given) == [Denied(), Denied()]


def test_of_a_long_password_no_part_is_enough(file: Path) -> None:
    # bcrypt looks at 72 bytes: without a check the rest could be anything.
    long = "x" * 72
    file.write_text(f"basic_auth_users:\n  anna: {bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode()}\n")
    given = [Credentials("password", text, "anna") for text in (long, long + "y")]
    assert judge(file, *given) == [Grant.ALL, Denied()]


def test_wrong_logins_are_limited_and_then_even_the_right_one_waits(file: Path) -> None:
    wrong = [Credentials("password", str(number), "anna") for number in range(3)]
    *denied, right = judge(file, *wrong, ANNA, per_minute=3)
    assert denied == [Denied(), Denied(), Denied()]
    assert isinstance(right, Denied)
    assert 1 <= right.retry_seconds <= 20


@pytest.mark.parametrize("kind", get_args(Kind))
def test_wrong_logins_of_every_kind_are_limited_also_when_they_are_all_the_same(file: Path, kind: Kind) -> None:
    found = judge(file, *[Credentials(kind, "wrong", "anna")] * 4, per_minute=3)
    assert must_wait(found) == [False, False, False, True]


def test_who_logged_in_before_is_let_in_while_the_address_is_limited(file: Path) -> None:
    wrong = [Credentials("bearer", str(number)) for number in range(5)]
    assert judge(file, ANNA, *wrong, ANNA, per_minute=3)[-1] == Grant.ALL


def test_right_logins_use_up_no_tries(file: Path) -> None:
    assert judge(file, *[ANNA, Credentials("bearer", TOKEN)] * 5, per_minute=1) == [Grant.ALL] * 10


def test_many_wrong_logins_at_once_are_limited_before_the_first_is_known_to_be_wrong(file: Path) -> None:
    logins = Logins(file, Attempts(3))

    async def at_once() -> list[Grant | Denied]:
        given = [Credentials("password", str(number), "anna") for number in range(8)]
        return await asyncio.gather(*(logins.judge("10.0.0.1", one) for one in given))

    found = asyncio.run(at_once())
    assert sorted(must_wait(found)) == [False] * 3 + [True] * 5


def test_the_same_login_many_times_at_once_is_looked_at_once(file: Path) -> None:
    logins = Logins(file, Attempts(1))

    async def at_once() -> list[Grant | Denied]:
        return await asyncio.gather(*(logins.judge("10.0.0.1", ANNA) for _ in range(40)))

    assert asyncio.run(at_once()) == [Grant.ALL] * 40


def test_no_more_logins_wait_than_are_bounded(file: Path) -> None:
    logins = Logins(file, Attempts(1000))

    async def at_once() -> list[Grant | Denied]:
        given = [Credentials("password", str(number), "anna") for number in range(60)]
        return await asyncio.gather(*(logins.judge(f"10.0.0.{number}", one) for number, one in enumerate(given)))

    found = asyncio.run(at_once())
    assert sum(must_wait(found)) == 44


def test_an_unknown_name_costs_what_a_known_one_does(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[bytes] = []

    def check(_: bytes, hashed: bytes) -> bool:
        looked_at.append(hashed)
        return False

    monkeypatch.setattr("stream.edge.serve.access.logins.bcrypt.checkpw", check)
    judge(file, Credentials("password", "x", "nobody"), Credentials("password", "x", "anna"))
    assert [hashed[:7] for hashed in looked_at] == [b"$2b$04$", b"$2b$04$"]


def test_the_hash_that_stands_for_nobody_is_one_that_can_be_checked(file: Path) -> None:
    # An exception would be quick, and tell that the name is unknown.
    nobody = Logins(file, Attempts(1))._nobody
    assert bcrypt.checkpw(b"x", nobody) is False


def test_tokens_are_compared_in_constant_time_and_all_of_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    real = hmac.compare_digest

    def compare(stored: bytes, given: bytes) -> bool:
        compared.append(stored)
        return real(stored, given)

    file.write_text(FILE.replace("board_tokens:", f"  second: {new_token()[1]}\nboard_tokens:"))
    users = read_users(file)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert judge(file, Credentials("bearer", TOKEN)) == [Grant.ALL]
    assert compared == [*users.board_tokens.values(), *users.bearer_tokens.values()]


def test_a_changed_file_holds_at_once_and_a_broken_one_changes_nothing(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logins = Logins(file, Attempts(1000))

    async def now(given: Credentials) -> Grant | Denied:
        return await logins.judge("10.0.0.1", given)

    with asyncio.Runner() as runner:
        assert runner.run(now(ANNA)) == Grant.ALL
        other = bcrypt.hashpw(b"other", bcrypt.gensalt(4)).decode()
        file.write_text(f"basic_auth_users:\n  anna: {other}\n")
        logins.refresh()
        assert logins.changes == 1
        assert runner.run(now(ANNA)) == Denied()
        assert runner.run(now(Credentials("bearer", TOKEN))) == Denied()
        assert runner.run(now(Credentials("password", "other", "anna"))) == Grant.ALL
        for broken in ("basic_auth_users: [", "", f"basic_auth_users:\n  anna: {PASSWORD}\n"):
            file.write_text(broken)
            logins.refresh()
            assert runner.run(now(Credentials("password", "other", "anna"))) == Grant.ALL
        file.unlink()
        logins.refresh()
        assert runner.run(now(Credentials("password", "other", "anna"))) == Grant.ALL
        assert logins.changes == 1
        caplog.clear()
        logins.refresh()
        assert caplog.text == ""  # said once, not every second
        file.write_text(FILE)
        logins.refresh()
        assert runner.run(now(ANNA)) == Grant.ALL
    logins.close()


def test_nothing_of_a_login_is_logged_or_printed(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    judge(file, ANNA, Credentials("bearer", TOKEN), Credentials("password", "wrong secret", "anna"))
    file.write_text(f"basic_auth_users:\n  anna: {PASSWORD}\n")
    with pytest.raises(ConfigError) as told:
        read_users(file)
    for text in (caplog.text, str(told.value), repr(ANNA)):
        for secret in (PASSWORD, TOKEN, "wrong secret", HASH):
            assert secret not in text


@pytest.mark.parametrize(
    ("headers", "cookies", "found"),
    [
        ([], {}, None),
        ([], {"other": "x"}, None),
        ([basic("anna:a:b")], {}, Credentials("password", "a:b", "anna")),
        ([basic("anna:ü").replace("Basic", "bAsIc")], {}, Credentials("password", "ü", "anna")),
        ([basic(":")], {}, Credentials("password", "", "")),
        ([basic("anna")], {}, Credentials("unreadable")),
        (["Basic ====="], {}, Credentials("unreadable")),
        (["Basic " + base64.b64encode(b"anna:\xff").decode()], {}, Credentials("unreadable")),
        (["Bearer  abc "], {}, Credentials("bearer", "abc")),
        (["Bearer"], {}, Credentials("bearer", "")),
        (["Digest username=anna"], {}, Credentials("unreadable")),
        ([""], {}, Credentials("unreadable")),
        ([basic("anna:a"), "Bearer abc"], {}, Credentials("unreadable")),
        ([], {"deskpulse_board": "abc"}, Credentials("board", "abc")),
        (["Bearer abc"], {"deskpulse_board": "x"}, Credentials("bearer", "abc")),
    ],
)
def test_what_a_request_brings(headers: list[str], cookies: dict[str, str], found: Credentials | None) -> None:
    assert credentials_of(headers, cookies) == found


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("basic_auth_users:\n  anna: secret\n", 2, "basic_auth_users.anna: allowed: a bcrypt hash of cost 4 to 16"),
        (f"basic_auth_users:\n  anna: {HASH.replace('$04$', '$31$')}\n", 2, "a bcrypt hash of cost 4 to 16"),
        (f"basic_auth_users:\n  anna: {HASH[:-1]}\n", 2, "`deskpulse password anna` makes one"),
        ("basic_auth_users:\n  anna:\n", 2, "basic_auth_users.anna"),
        ("basic_auth_users:\n  anna: [1]\n", 2, "basic_auth_users.anna"),
        (f"basic_auth_users:\n  anna: {HASH}\n  anna: {HASH}\n", 3, "'anna' is there already"),
        (f'basic_auth_users:\n  "a:b": {HASH}\n', 2, "no colon"),
        (f"basic_auth_users:\n- {HASH}\n", 2, "names with their hashes"),
        ("bearer_tokens:\n  prometheus: abc\n", 2, "bearer_tokens.prometheus: allowed: sha256: and 64"),
        ("board_tokens:\n\n  lobby: sha256:00\n", 3, "`deskpulse token lobby` makes"),
        ("tls_server_config:\n  cert_file: a\n", 2, "TLS is set by http.tls_certificate"),
        ("passwords:\n  anna: x\n", 2, "'passwords' is no section here; allowed: basic_auth_users, bearer_tokens"),
        ("basic_auth_users:\n  anna: {\n", 3, "not YAML"),
        ("- a\n", 1, "the sections basic_auth_users"),
    ],
    ids=count(),
)
def test_a_wrong_file_is_told_with_its_line_and_what_is_allowed(file: Path, content: str, line: int, said: str) -> None:
    file.write_text(content)
    with pytest.raises(ConfigError) as told:
        read_users(file)
    assert str(told.value).startswith(f"http.users_file={str(file)!r}, line {line}: ")
    assert said in str(told.value)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"basic_auth_users:\n", b"basic_auth_users: {}\n"])
def test_a_file_that_lets_nobody_in_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="nobody could log in"):
        read_users(file)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: \x00", b"x" * 2_000_000, b"[" * 20_000])
def test_a_file_that_is_no_text_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^http\.users_file="):
        read_users(file)


def test_hashes_of_htpasswd_are_taken(file: Path) -> None:
    file.write_text(FILE.replace("$2b$", "$2y$"))
    assert judge(file, ANNA) == [Grant.ALL]


def test_a_token_is_known_by_its_sha256() -> None:
    token, known_by = new_token()
    assert known_by == "sha256:" + hashlib.sha256(token.encode()).hexdigest()
    assert token_digest(token).hex() in known_by
    assert len(token) >= 43


def test_tries_come_back_with_time() -> None:
    attempts = Attempts(6)
    assert [attempts.take("a", 0) for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    assert attempts.take("b", 0) == 0
    assert attempts.take("a", 9) == 1
    assert attempts.take("a", 10) == 0
    assert attempts.take("a", 11) == 9
    assert [attempts.take("a", 100) for _ in range(7)][-2:] == [0, 10]


def test_tries_of_very_many_addresses_are_forgotten_from_the_oldest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.edge.serve.access.attempts._MAX_ADDRESSES", 2)
    attempts = Attempts(1)
    assert [attempts.take(address, 0) for address in "abc"] == [0, 0, 0]
    assert attempts.take("c", 0) > 0
    assert attempts.take("a", 0) == 0
