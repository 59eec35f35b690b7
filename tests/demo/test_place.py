"""Where the demo keeps its data, and what it writes there."""

import os
import socket
import stat
from pathlib import Path

import pytest

from demo import place, run

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")


def test_a_directory_that_is_named_is_taken(tmp_path: Path):
    assert place.data_dir(str(tmp_path / "here")) == tmp_path / "here"


def test_the_data_lies_in_the_checkout_where_others_may_enter_it():
    assert place.data_dir(None, Path("/usr/share")) == Path("/usr/share/.demo")


@AS_ROOT
def test_the_data_lies_elsewhere_when_the_way_to_the_checkout_is_closed(tmp_path: Path):
    (tmp_path / "closed/checkout").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert place.data_dir(None, tmp_path / "closed/checkout") == place.ELSEWHERE


def test_directories_that_are_made_can_be_walked_through(tmp_path: Path):
    place.make(tmp_path / "one/two")
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o711
    assert stat.S_IMODE((tmp_path / "one/two").stat().st_mode) == 0o711


def test_what_was_done_is_known_to_the_next_run_and_to_nobody_else(tmp_path: Path):
    progress = place.Progress(path=tmp_path / "demo-progress.json", keys={"Grocer": "sb_1"})
    progress.finish("Grocer: segment")
    assert place.Progress.read(tmp_path) == progress
    assert stat.S_IMODE(progress.path.stat().st_mode) == 0o600


def test_a_port_that_is_taken_is_refused_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"port {taken} can not be used .*make demo PORT="):
            run.free_port(str(taken))


@pytest.mark.parametrize("said", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_refused(said: str):
    with pytest.raises(SystemExit, match=f"PORT={said} is no port"):
        run.free_port(said)
