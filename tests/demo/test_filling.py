"""Filling the shops step by step."""

from pathlib import Path

import pytest

from demo.filling import Failed, fill, is_filled
from demo.place import Progress
from demo.shops import Shop

SHOP = Shop(name="Gifts", currency="GBP", time_zone="UTC", preset="online_retail", orders=Path("gifts.parquet"))


class Said:
    """A command line that notes what was asked of it, and does not do one thing."""

    def __init__(self, but: str = "", why: str = "") -> None:
        self.words: list[tuple[str, ...]] = []
        self.given: list[str] = []
        self._but = but
        self._why = why

    def __call__(self, *words: str, given: str = "") -> str:
        self.words.append(words)
        self.given.append(given)
        if words[0] == self._but:
            raise Failed(self._why)
        return '{"key": "sb_1"}'


def test_every_step_is_done_once(tmp_path: Path):
    progress = Progress.read(tmp_path)
    fill((SHOP,), progress, Said())
    again = Said()
    fill((SHOP,), Progress.read(tmp_path), again)
    assert again.words == []
    assert is_filled((SHOP,), progress)
    assert progress.keys == {"Gifts": "sb_1"}


def test_a_run_that_failed_goes_on_where_it_was(tmp_path: Path):
    with pytest.raises(Failed, match="no room"):
        fill((SHOP,), Progress.read(tmp_path), Said("segment", "no room"))
    assert not is_filled((SHOP,), Progress.read(tmp_path))
    on = Said()
    fill((SHOP,), Progress.read(tmp_path), on)
    assert on.words[0][0] == "segment"


def test_a_workspace_that_is_there_already_is_taken(tmp_path: Path):
    progress = Progress.read(tmp_path)
    fill((SHOP,), progress, Said("workspaces", 'there is a workspace "Gifts" already; choose another name'))
    assert is_filled((SHOP,), progress)


def test_the_password_is_kept_before_it_is_set_and_never_a_word_of_the_command(tmp_path: Path):
    said = Said("users", "away")
    with pytest.raises(Failed):
        fill((SHOP,), Progress.read(tmp_path), said)
    password = Progress.read(tmp_path).password
    assert password
    assert said.given[-1] == f"{password}\n"
    assert not any(password in words for words in said.words)
