"""Data that an earlier version of the demo left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stream.demo.old_data import set_aside_old_data


def set_aside(folder: Path, fingerprint: str, say: Callable[[str], None]) -> None:
    set_aside_old_data(folder, folder / "last-seen", fingerprint, say)


def test_the_first_run_says_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    set_aside(tmp_path / "demo", "a", said.append)
    assert said == []
    assert (tmp_path / "demo").is_dir()


def test_data_of_the_same_definitions_stays(tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "demo"
    set_aside(folder, "a", said.append)
    (folder / "topics").write_text("events")
    set_aside(folder, "a", said.append)
    assert (folder / "topics").read_text() == "events"
    assert said == []


def test_data_of_other_definitions_is_set_aside_and_told(tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "demo"
    for fingerprint in ("a", "b", "c"):
        set_aside(folder, fingerprint, said.append)
        assert not (folder / "topics").exists()
        (folder / "topics").write_text(fingerprint)
    assert (tmp_path / "demo-before" / "topics").read_text() == "b"
    assert len(said) == 2
    assert str(tmp_path / "demo-before") in said[0]


def test_data_of_a_version_that_remembered_nothing_is_set_aside(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "last-seen").touch()
    (folder / "topics").write_text("events")
    set_aside(folder, "a", lambda _: None)
    assert (tmp_path / "demo-before" / "topics").exists()


def test_a_folder_in_which_no_demo_has_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine")
    set_aside(tmp_path, "a", lambda _: None)
    assert (tmp_path / "letters").read_text() == "mine"
