"""`switchboard up`: its processes stand together and fall together."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from switchboard.foundation.servers import found
from tests.processes.running import PROGRAM, happens, is_there, running

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]  # starting takes 2 s, on a machine that is busy 20
STOP_S = 25.0  # 2 on a machine with nothing else to do


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_when_told_and_takes_everything_along(folder: Path, how: int):
    with running(folder, "up") as up:
        all_of_it = [*up.below("sb-serving"), *up.below("sb-worker"), up.postgres()]
        code, took_s = up.end(how)
        assert (code, up.log.read_text()) == (0, "")
    assert len(all_of_it) == 4
    assert took_s < STOP_S
    assert [each for each in all_of_it if each and is_there(each)] == []


def test_others_find_where_it_listens_while_it_runs(folder: Path):
    with running(folder, "up", "--workers", "1") as up:
        during = found(up.data_dir)
        up.end()
    assert during == [f"http://127.0.0.1:{up.port}"]
    assert found(up.data_dir) == []


def test_ctrl_c_reaches_all_of_them_at_once_and_is_no_failure(folder: Path):
    with running(folder, "up") as up:
        os.killpg(up.program.pid, signal.SIGINT)
        assert up.program.wait(STOP_S) == 0
        assert up.postgres() is None
        assert "Traceback" not in up.log.read_text()


def test_whoever_is_killed_is_replaced_however_often(folder: Path):
    with running(folder, "up") as up:
        for name in ("sb-serving", "sb-worker", "sb-serving", "sb-serving", "sb-worker"):
            killed, *others = up.below(name)
            os.kill(killed, signal.SIGKILL)
            known = {killed, *others}
            happens(lambda name=name, known=known: set(up.below(name)) - known)
            happens(lambda killed=killed: not is_there(killed))
        happens(up.is_ready)
        assert up.end()[0] == 0


def test_without_its_first_process_the_others_end_and_let_go_of_the_port(folder: Path):
    with running(folder, "up") as up:
        others = [*up.below("sb-serving"), *up.below("sb-worker")]
        up.program.kill()
        up.program.wait()
        happens(lambda: not any(is_there(each) for each in others), 20)
        happens(lambda: up.postgres() is None, 10)
        assert up.get("/healthz")[0] == 0


def test_without_postgresql_it_says_try_again_and_is_well_soon(folder: Path):
    with running(folder, "up") as up:
        killed = up.postgres()
        assert killed
        os.kill(killed, signal.SIGKILL)
        answers = [up.get("/readyz")]
        took_s = happens(lambda: answers.append(up.get("/readyz")) or answers[-1][0] == 200)
        refused = [answer for answer in answers if answer[0] != 200]
        assert took_s < 8  # 0.5 on a machine with nothing else to do
        assert {answer[0] for answer in refused} <= {503}
        assert {answer[1] for answer in refused} <= {"application/problem+json"}
        assert {json.loads(answer[2])["code"] for answer in refused} <= {"database_down"}
        assert up.end()[0] == 0


def test_a_second_one_on_the_same_port_is_refused_and_harms_nobody(folder: Path):
    with running(folder, "up") as up:
        words = [str(PROGRAM), "up", "--port", str(up.port), "--data-dir", str(up.data_dir)]
        second = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (second.returncode, second.stderr) == (
            1, f"port {up.port} is taken; choose another with --port\n"
        )  # fmt: skip
        assert up.is_ready()
        up.end()


def test_two_with_one_data_directory_work_together_and_the_last_one_ends_postgresql(folder: Path):
    with running(folder, "up", "--workers", "1") as first, running(folder, "up", "--workers", "1") as second:
        assert first.end()[0] == 0
        assert second.is_ready()
        assert second.postgres()
        assert second.end()[0] == 0
        assert second.postgres() is None


def test_a_house_that_can_not_open_ends_with_a_failure(folder: Path, tmp_path: Path):
    wrong = {"SWITCHBOARD_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    own = os.environ | wrong | {"SWITCHBOARD_DATA_DIR": str(tmp_path)}
    ended = subprocess.run(
        [str(PROGRAM), "up", "--port", "24999"], env=own, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode != 0
    assert "PostgreSQL does not answer" in ended.stdout + ended.stderr


def test_the_worker_gives_way_to_who_waits_for_an_answer(folder: Path):
    with running(folder, "up") as up:
        worker, *serving = [*up.below("sb-worker"), *up.below("sb-serving")]
        happens(lambda: os.getpriority(os.PRIO_PROCESS, worker) > 0)
        database = up.postgres()
        assert database is not None
        assert [os.getpriority(os.PRIO_PROCESS, each) for each in (*serving, database)] == [0, 0, 0]
        assert up.end()[0] == 0
