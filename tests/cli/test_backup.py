"""A backup made while the house is in use comes back whole into an empty directory, and nobody reads it on the way."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from switchboard.foundation.backup import archive
from switchboard.foundation.backup.forgotten import AGAIN, LIST, Forgotten, forgets_again, listed, note
from switchboard.foundation.backup.restoring import MARK
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Ground
from switchboard.foundation.vault import KeyFile, Vault
from tests.cli.line import DOCUMENTS, ORDERS, Line
from tests.foundation.open_folder import open_folder

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(180)]
MAIL, NAME, PHONE = "planted.contact@example.com", "Plantina Contactworth", "+49 151 23456789"
PEOPLE = f"customer_id,email,name,phone\nc1,{MAIL},{NAME},{PHONE}\n"
PLANTED = [MAIL, *NAME.split(), "23456789", "Secret Teapot"]
KILLS = int(os.environ.get("SWITCHBOARD_KILLS", "3"))
STARTS_S = 1.5  # the program
SAID = "correct horse battery"
PERSON = UUID(int=3)
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def old() -> Generator[Line]:
    """A data directory in use, with a shop in it that was segmented."""
    with open_folder() as folder:
        server = Embedded(folder / "data" / "postgres").start()
        line = Line(data_dir=folder / "data")
        for kind, text in (
            ("orders", ORDERS),
            ("customers", PEOPLE),
            ("orders", "order_id,customer_id\nSecret Teapot,"),
        ):
            (folder / "file.csv").write_text(text)
            line.say("import", kind, str(folder / "file.csv"), "--json")
        line.json("segment")
        note(line.data_dir, [Forgotten(workspace=UUID(int=1), hash="aa", together=PERSON, at=MIDNIGHT)])
        yield line
        server.stop()


@pytest.fixture(scope="module")
def backup(old: Line) -> Path:
    """What `switchboard backup` wrote of it."""
    file = old.data_dir.with_name("of-then.backup")
    made = old.json("backup", str(file))
    assert made["tables"] > 30
    assert made["bytes"] == file.stat().st_size
    return file


@pytest.fixture
def new(old: Line) -> Generator[Line]:
    """A data directory that is not there yet."""
    place = old.data_dir.with_name("new")
    yield Line(data_dir=place)
    shutil.rmtree(place, ignore_errors=True)


def key_of(old: Line) -> Path:
    return old.data_dir / "keys" / "master.json"


def test_what_was_there_is_there_again_and_works(old: Line, new: Line, backup: Path):
    brought = new.json("restore", str(backup), "--key", str(key_of(old)))
    assert brought["rows"] > DOCUMENTS
    assert [each["counts"]["rows"] for each in new.json("import", "list")["imports"]] == [
        each["counts"]["rows"] for each in old.json("import", "list")["imports"]
    ]
    assert new.say("export", "profiles", "-").stdout == old.say("export", "profiles", "-").stdout
    found = new.json("intelligence", "search", "--text", MAIL)
    assert [each["customer_id"] for each in found["customers"]] == ["c1"]
    assert new.json("segment")["customers"] == old.json("segment")["customers"]
    assert [each.hash for each in listed(new.data_dir)] == ["aa"]


def test_nobody_reads_it_without_the_key(old: Line, new: Line, backup: Path):
    whole = backup.read_bytes()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert not [word for word in (*PLANTED, "customer_id", "c1") if len(word) > 4 and word.encode() in whole]
    assert "--key" in new.refused("restore", str(backup))
    with open_folder() as elsewhere:
        KeyFile(elsewhere, first=True)
        said = new.refused("restore", str(backup), "--key", str(elsewhere / "keys" / "master.json"))
    assert "another master key" in said
    assert not new.data_dir.exists()


def test_the_key_comes_along_behind_a_passphrase(old: Line, new: Line):
    file = old.data_dir.with_name("with-key.backup")
    assert "12 characters" in old.refused("backup", str(file), "--with-key", given="short\n")
    old.json("backup", str(file), "--with-key", given=SAID + "\n")
    assert "not the passphrase" in new.refused("restore", str(file), "--passphrase-stdin", given="another passphrase\n")
    assert "--passphrase-stdin" in new.refused("restore", str(file))
    new.json("restore", str(file), "--passphrase-stdin", given=SAID + "\n")
    assert (new.data_dir / "keys" / "master.json").read_bytes() == key_of(old).read_bytes()


@pytest.mark.parametrize("wound", ["cut", "flipped", "no backup", "another row"])
def test_what_is_damaged_is_not_restored_at_all(old: Line, new: Line, backup: Path, wound: str):
    broken, whole = backup.with_name("broken.backup"), backup.read_bytes()
    match wound:
        case "cut":
            broken.write_bytes(whole[:-40])
        case "flipped":
            broken.write_bytes(whole[:-9_000] + bytes([whole[-9_000] ^ 1]) + whole[-8_999:])
        case "no backup":
            broken.write_bytes(b"order_id,customer_id\n")
        case _:
            with_another_row(old, backup, broken)
    said = new.refused("restore", str(broken), "--key", str(key_of(old)))
    assert {"cut": "cut off", "flipped": "changed", "no backup": "no backup"}.get(
        wound, "not what was backed up"
    ) in said
    assert not new.data_dir.exists()


def with_another_row(old: Line, backup: Path, broken: Path) -> None:
    """The same backup, whose manifest tells of a table with one row more."""
    with backup.open("rb") as source, broken.open("wb") as out:
        header = archive.header_of(source)
        key = archive.unwrapped(Vault(KeyFile(old.data_dir, first=False)), header)
        changed = archive.Archive(out, header, key)
        for entry, parts in archive.entries(source, key):
            whole = b"".join(parts)
            if entry.kind == "manifest":
                whole = whole.replace(b'"public.workspace":"1 ', b'"public.workspace":"2 ')
            changed.add(entry, [whole])
        changed.finish()


def test_a_directory_or_a_file_that_is_in_use_is_left_alone(old: Line, backup: Path):
    assert "not empty" in old.refused("restore", str(backup), "--key", str(key_of(old)))
    before = backup.read_bytes()
    assert "already" in old.refused("backup", str(backup))
    assert backup.read_bytes() == before


def test_a_backup_of_a_newer_switchboard_is_refused_by_name(new: Line, backup: Path):
    newer = backup.with_name("newer.backup")
    line, _, rest = backup.read_bytes().partition(b"\n")
    header = archive.Header.model_validate_json(line).model_copy(update={"database": "9999", "program": "7.0"})
    newer.write_bytes(header.model_dump_json().encode() + b"\n" + rest)
    said = new.refused("restore", str(newer))
    assert "step 9999" in said
    assert "7.0" in said


def test_who_was_forgotten_since_is_forgotten_again(old: Line, new: Line, backup: Path):
    since = [
        Forgotten(workspace=UUID(int=1), hash="aa", together=PERSON, at=MIDNIGHT),
        Forgotten(workspace=UUID(int=2), hash="bb", together=PERSON, at=datetime(2100, 1, 1, tzinfo=UTC)),
    ]
    told = list[Forgotten]()

    @forgets_again("test")
    async def again(_ground: Ground, forgotten: list[Forgotten]) -> int:
        told.extend(forgotten)
        assert (new.data_dir / MARK).exists()  # nobody is served before they are gone
        return 1

    with open_folder() as replaced:
        note(replaced, since)
        brought = new.json("restore", str(backup), "--key", str(key_of(old)), "--forgotten", str(replaced / LIST))
    AGAIN.pop("test")
    assert again
    assert told == since
    assert brought["forgotten_again"] == 1
    assert [each.hash for each in listed(new.data_dir)] == ["aa", "bb"]
    assert not (new.data_dir / MARK).exists()


def test_a_list_torn_by_a_crash_ends_before_the_tear_and_another_file_is_none(tmp_path: Path):
    note(tmp_path, [Forgotten(workspace=UUID(int=1), hash="aa", together=PERSON, at=MIDNIGHT)])
    with (tmp_path / LIST).open("ab") as file:
        file.write(b'{"workspace":"0000')
    assert [each.hash for each in listed(tmp_path)] == ["aa"]
    note(tmp_path, [Forgotten(workspace=UUID(int=1), hash="bb", together=PERSON, at=MIDNIGHT)])
    assert [each.hash for each in listed(tmp_path)] == ["aa", "bb"]
    (tmp_path / "other.csv").write_text("a,b\n")
    with pytest.raises(Invalid, match="no list"):
        list(listed(tmp_path / "other.csv"))


def test_a_restore_that_was_killed_is_told_by_whoever_opens_it(new: Line):
    new.data_dir.mkdir()
    (new.data_dir / MARK).write_text(str(os.getpid() + 1))
    assert "restore again" in new.refused("workspaces", "list")


def removed(data_dir: Path) -> None:
    """Remove a data directory, with whatever a killed program left at work in it: a server, or what makes one."""
    while left := at_work_in(data_dir):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        time.sleep(0.05)
    shutil.rmtree(data_dir, ignore_errors=True)


def at_work_in(folder: Path) -> list[int]:
    """The processes that were begun with this folder in their words."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) + b"/" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


@pytest.mark.timeout(120 + 20 * KILLS)
def test_a_restore_killed_at_any_moment_is_all_or_nothing_and_can_be_done_again(old: Line, new: Line, backup: Path):
    words = ("restore", str(backup), "--key", str(key_of(old)))
    began = time.monotonic()
    whole = new.json(*words)["rows"]
    there = new.json("workspaces", "list")
    took_s, chance = time.monotonic() - began, random.Random(3)  # noqa: S311 - moments
    for _ in range(KILLS):
        removed(new.data_dir)
        program = [str(Path(sys.executable).parent / "switchboard"), *words, "--data-dir", str(new.data_dir)]
        with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as restoring:
            time.sleep(chance.uniform(0.2, 1) * (took_s + STARTS_S))
            restoring.kill()
        if restoring.returncode != 0:
            if (new.data_dir / MARK).exists():
                assert "restore again" in new.refused("workspaces", "list")
            removed(new.data_dir)
            assert new.json(*words)["rows"] == whole
        assert new.json("workspaces", "list") == there


def test_an_upgrade_backs_up_first_and_keeps_the_last_three(old: Line):
    for _ in range(4):
        with psycopg.connect(owner_url(old), autocommit=True) as owner:
            owner.execute("update schema_state set state = 'older'")
        old.json("workspaces", "list")
    kept = sorted((old.data_dir / "backups").iterdir())
    assert len(kept) == 3
    with kept[-1].open("rb") as file:
        assert archive.header_of(file).master is None
    old.json("workspaces", "list")
    assert sorted((old.data_dir / "backups").iterdir()) == kept


def test_a_database_of_a_newer_switchboard_is_refused_with_the_way_out(old: Line):
    with psycopg.connect(owner_url(old), autocommit=True) as owner:
        before = owner.execute("select version_num from alembic_version").fetchall()
        owner.execute("update alembic_version set version_num = '9999'")
        try:
            said = old.refused("workspaces", "list")
        finally:
            owner.execute("update alembic_version set version_num = %s", before[0])
    assert "newer Switchboard (step 9999" in said
    assert "restore the backup" in said


def owner_url(line: Line) -> str:
    return Embedded(line.data_dir / "postgres").url(role="switchboard")
