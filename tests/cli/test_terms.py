"""The options of a change at the command line: tried without a trace, and made once though asked for twice."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
import typer

from switchboard.foundation.operations import Operation
from tests.cli.line import CLI, DOCUMENTS, ORDERS, Line

pytestmark = pytest.mark.slow
CHANGE = ("limits", "change", "--about", "role", "--name", "analyst")


def allowance(line: Line) -> int | None:
    rules = line.json("limits", "list")["rules"]
    return next((each["per_hour"] for each in rules if each["name"] == "analyst"), None)


def test_a_dry_run_says_so_and_changes_nothing(line: Line):
    told = line.say(*CHANGE, "--per-hour", "9", "--dry-run")
    assert told.exit_code == 0
    assert "A dry run: nothing was changed." in told.stderr
    assert allowance(line) is None


def test_a_change_with_a_key_is_made_once(line: Line):
    first = line.say(*CHANGE, "--per-hour", "9", "--idempotency-key", "k1")
    line.json(*CHANGE, "--per-hour", "7")
    again = line.say(*CHANGE, "--per-hour", "9", "--idempotency-key", "k1")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "It was done before with this key" in again.stderr
    assert allowance(line) == 7
    assert "another request" in line.refused(*CHANGE, "--per-hour", "8", "--idempotency-key", "k1")


def test_a_key_that_is_too_long_is_named(line: Line):
    assert "--idempotency-key" in line.refused(*CHANGE, "--per-hour", "9", "--idempotency-key", "k" * 201)


BY_HAND = {  # whose code names what they change, beside those made from operations
    "import orders", "import customers", "import events", "import undo", "segment", "users add", "customers erase",
    "customers export", "retention", "export profiles", "export segments", "export predictions",
}  # fmt: skip
MADE = {"keys add", "customers merge", "limits change"}


def commands(app: typer.Typer, path: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every command by its words."""
    for each in app.registered_commands:
        assert each.callback is not None
        yield f"{path}{each.name}", each.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{path}{group.name} ")


def names_in(code: CodeType) -> Iterator[str]:
    """The names that code speaks of, in what is defined inside it, too."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from names_in(each)


def changes_of(run: object, seen: set[int]) -> set[str]:
    """The changing operations that a function of the command line can come to call, by any of its own functions."""
    if isinstance(run, Operation):
        return set() if run.reads else {run.name}
    if not isinstance(run, FunctionType) or not run.__module__.startswith("switchboard.cli") or id(run) in seen:
        return set()
    seen.add(id(run))
    spoken = [run.__globals__[name] for name in names_in(run.__code__) if name in run.__globals__]
    held = [cell.cell_contents for cell in run.__closure__ or ()]
    return set[str]().union(*(changes_of(each, seen) for each in [*spoken, *held]))


def test_every_command_that_changes_something_can_be_tried_and_asked_for_twice():
    changing = {
        words: set(inspect.signature(run).parameters)
        for words, run in commands(CLI)
        if changes_of(inspect.unwrap(run), set())
    }
    assert set(changing) >= BY_HAND | MADE
    assert [words for words, named in changing.items() if not {"idempotency_key", "dry_run"} <= named] == []


def test_an_import_is_tried_and_then_made_once(line: Line):
    tried = line.json("import", "orders", "-", "--dry-run", given=ORDERS)
    before = line.json("import", "list")["imports"]
    first = line.json("import", "orders", "-", "--idempotency-key", "k1", given=ORDERS)
    again = line.say("import", "orders", "-", "--json", "--idempotency-key", "k1", given=ORDERS)
    other = line.refused("import", "orders", "-", "--json", "--source", "till", "--idempotency-key", "k1", given=ORDERS)
    undone = line.json("import", "undo", first["import_id"], "--dry-run")
    listed = line.json("import", "list")["imports"]

    assert (tried["counts"]["new"], before) == (DOCUMENTS, [])
    assert first["counts"]["new"] == DOCUMENTS
    assert first["import_id"] in again.stdout
    assert "It was done before with this key" in again.stderr
    assert "another request" in other
    assert undone["removed"] > 0
    assert [(each["import_id"], each["status"]) for each in listed] == [(first["import_id"], "done")]


def test_nothing_is_left_of_a_file_that_was_only_tried(line: Line, place: Path):
    line.json("import", "orders", "-", "--dry-run", given=ORDERS)
    line.refused("import", "orders", "-", "--dry-run", given="nonsense\n1\n")
    assert [each for each in (place / "uploads").rglob("*") if each.is_file() or each.is_symlink()] == []
    assert "there is no upload" in line.refused("customers", "check-upload", "--upload-id", "0" * 32)


def test_a_segmentation_and_its_exports_are_tried_and_made_once(line: Line, tmp_path: Path):
    line.json("import", "orders", "-", given=ORDERS)
    tried = line.json("segment", "--dry-run")
    refused = line.refused("export", "profiles", "-")
    first = line.json("segment", "--idempotency-key", "k1")
    again = line.json("segment", "--idempotency-key", "k1")
    file = tmp_path / "profiles.csv"
    sized = line.json("export", "profiles", str(file), "--dry-run")
    was_there = file.exists()
    made = line.json("export", "profiles", str(file), "--idempotency-key", "k2")
    written = file.read_bytes()
    line.json("segment")
    once_more = line.say("export", "profiles", str(tmp_path / "again.csv"), "--idempotency-key", "k2", "--json")

    assert (tried["customers"], "nothing is segmented yet" in refused) == (60, True)
    assert again == first
    assert (sized["rows"], was_there, made["rows"]) == (60, False, 60)
    assert "It was done before" in once_more.stderr
    assert (tmp_path / "again.csv").read_bytes() == written


def test_a_user_is_added_once_and_their_password_told_again(line: Line):
    asked = ("users", "add", f"a{id(line)}@planted.example", "--role", "analyst")
    line.json(*asked, "--dry-run")
    listed = line.json("users", "list")["users"]
    first = line.json(*asked, "--idempotency-key", "k1")
    assert listed == []
    assert line.json(*asked, "--idempotency-key", "k1") == first


PEOPLE = "customer_id,name,email\nc1,Ann Quill,ann@planted.example\nc2,Bob Reed,bob@planted.example\n"


def test_an_erasure_is_tried_without_asking_and_done_once(line: Line, tmp_path: Path):
    line.json("import", "customers", "-", given=PEOPLE)
    tried = line.json("customers", "erase", "c1", "--dry-run")
    page = tmp_path / "c1.html"
    looked = line.json("customers", "export", "c1", str(page), "--dry-run")
    held = line.json("customers", "export", "c1", str(page), "--idempotency-key", "k0")
    first = line.json("customers", "erase", "c1", "--idempotency-key", "k1", given="c1\n")
    again = line.say("customers", "erase", "c1", "--idempotency-key", "k1", "--json")
    without = line.refused("customers", "erase", "c1")

    assert (tried["removed"]["person"], tried["complete"]) == (1, False)
    assert (looked["places"], page.exists()) == (held["places"], True)
    assert first["complete"]
    assert first["certificate_id"] in again.stdout
    assert "It was done before" in again.stderr
    assert "no customer" in without
    assert len(line.json("customers", "erasure-certificates")["certificates"]) == 1


def test_retention_is_tried_and_set_once(line: Line):
    tried = line.json("retention", "--keep", "events=30", "--dry-run")
    kept = {each["kind"]: each for each in line.json("retention")["kinds"]}["events"]
    line.json("retention", "--keep", "events=30", "--idempotency-key", "k1")
    line.json("retention", "--keep", "events=40")
    line.json("retention", "--keep", "events=30", "--idempotency-key", "k1")
    after = {each["kind"]: each for each in line.json("retention")["kinds"]}["events"]
    applied = line.json("retention", "--apply", "--dry-run")
    done = line.json("retention", "--apply", "--yes", "--idempotency-key", "k2")

    assert {each["kind"]: each["keeps_days"] for each in tried["kinds"]}["events"] == 30
    assert (kept["keeps_days"], kept["is_set"]) == (760, False)
    assert after["keeps_days"] == 40
    assert (applied["dry_run"], done["dry_run"]) == (True, False)
