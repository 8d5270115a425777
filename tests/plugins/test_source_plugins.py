"""A source of an installed package: offered by ``deskpulse convert``, used like any other, refused with a sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from stream.errors import ConfigError
from stream.sources import sources
from tests.plugins.package import install, lay_out, run

GROUP = "deskpulse.sources"
CHATS = """
    from stream.sources.cloudevents import cloud_event
    from stream.sources.source import Source

    def events(rows):
        for row in rows:
            yield cloud_event("/chats", f"{row['id']}-created", "ticket.created", row["id"], row["at"], sequence=0,
                              data={"channel": "chat"})

    SOURCE = Source(%s, "Chats of a small desk", %s, events)
    """


def chats(name: str = "small_desk", columns: str = '("id", "at")') -> str:
    return CHATS % (repr(name), columns)


def test_a_source_of_a_package_converts_its_files(tmp_path: Path) -> None:
    installed = install(tmp_path, "small-desk", {GROUP: {"chats": "small_desk_chats:SOURCE"}}, small_desk_chats=chats())
    assert "small_desk" in run(installed, "-m", "stream", "convert", "--help").stdout
    done = run(installed, "-m", "stream", "convert", "small_desk", "-", stdin="id,at\nC-1,2026-03-01T09:00:00Z\n")
    assert done.returncode == 0, done.stderr
    (event,) = map(json.loads, done.stdout.splitlines())
    assert (event["type"], event["subject"], event["data"]) == ("support.ticket.created", "C-1", {"channel": "chat"})


def test_its_own_tests_may_import_it_first(tmp_path: Path) -> None:
    """An import of the package must not load it once more, half made, by its own entry point."""
    installed = lay_out(tmp_path, "small-desk", {GROUP: {"chats": "small_desk_chats:SOURCE"}}, small_desk_chats=chats())
    code = "import small_desk_chats as m; from stream.sources import sources; assert m.SOURCE in sources()"
    done = run(installed, "-c", code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "value", "told"),
    [
        (chats("uci498"), "SOURCE", "the name 'uci498' is there already, of Deskpulse"),
        (chats("zendesk"), "SOURCE", "the name 'zendesk' is there already, of Deskpulse"),
        (chats("Chats"), "SOURCE", "the name 'Chats': allowed: a-z"),
        (chats(columns='("id", "id")'), "SOURCE", "columns ('id', 'id'): allowed: one or more, each once"),
        (chats(columns="()"), "SOURCE", "columns (): allowed: one or more, each once"),
        ("SOURCE = 7", "SOURCE", "is a int; allowed: a stream.sources.source.Source"),
        ("import no_such_module", "SOURCE", "cannot be loaded (ModuleNotFoundError: No module named 'no_such_module')"),
        (chats(), "SAUCE", "cannot be loaded (AttributeError"),
    ],
)
def test_one_that_cannot_be_used_is_refused_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, value: str, told: str
) -> None:
    points = {GROUP: {"c": f"small_desk_chats:{value}"}}
    monkeypatch.syspath_prepend(lay_out(tmp_path, "small-desk", points, small_desk_chats=module))
    sys.modules.pop("small_desk_chats", None)
    with pytest.raises(ConfigError) as caught:
        sources.__wrapped__(("zendesk",))
    text = str(caught.value)
    assert text.startswith(f"{GROUP} c = 'small_desk_chats:{value}' of small-desk 1.2: ")
    assert told in text
    assert text.endswith("; correct the package, or uninstall it")


def test_the_command_says_it_in_a_sentence(tmp_path: Path) -> None:
    points = {GROUP: {"c": "small_desk_chats:SOURCE"}}
    done = run(lay_out(tmp_path, "small-desk", points, small_desk_chats=chats("zendesk")), "-m", "stream", "convert")
    assert done.returncode == 2
    assert done.stderr.startswith(f"deskpulse: {GROUP} c = 'small_desk_chats:SOURCE' of small-desk 1.2: the name")
