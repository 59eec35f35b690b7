import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import cast

import asyncpg
import psycopg
import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown
from tests.foundation.open_folder import open_folder

pytestmark = pytest.mark.heavy

JOIN_AND_LEAVE = """
import pathlib, sys
from switchboard.foundation.embedded import Embedded
server = Embedded(pathlib.Path(sys.argv[1])).start()
print(server.answers())
server.stop()
"""
JOIN_AND_STAY = """
import pathlib, sys, time
from switchboard.foundation.embedded import Embedded
server = Embedded(pathlib.Path(sys.argv[1])).start()
print(server.answers(), flush=True)
time.sleep(60)
"""

ENDLESS = "select count(*) from generate_series(1, 1000000) a, generate_series(1, 1000000) b"


@pytest.fixture(scope="module")
def server() -> Generator[Embedded]:
    with open_folder() as folder:
        made = Embedded(folder / "pg").start()
        prepare(made)
        yield made
        made.stop()


def prepare(made: Embedded) -> None:
    with psycopg.connect(admin(made), autocommit=True) as connection:
        connection.execute("create role switchboard login")
        connection.execute("create role switchboard_app login")
        connection.execute("create table kept (n integer)")
        connection.execute("grant insert on kept to switchboard_app")


@pytest.fixture
def folder() -> Generator[Path]:
    with open_folder() as made:
        yield made


def admin(server: Embedded) -> str:
    return server.url(role="postgres", database="postgres")


def pid_of(server: Embedded) -> int:
    pid = server.pid
    assert pid is not None
    return pid


def run(code: str, root: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True)


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def count(server: Embedded) -> int:
    with psycopg.connect(admin(server)) as connection:
        (found,) = cast("tuple[int]", connection.execute("select count(*) from kept").fetchone())
        return found


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_asyncpg_and_psycopg_connect_by_the_same_address(server: Embedded):
    async def asked() -> object:
        connection = await asyncpg.connect(admin(server))
        try:
            return cast("object", await connection.fetchval("select current_user"))
        finally:
            await connection.close()

    with psycopg.connect(admin(server)) as connection:
        assert connection.execute("select current_user").fetchone() == ("postgres",)
    with asyncio.Runner() as runner:
        assert runner.run(asked()) == "postgres"


@pytest.mark.parametrize("role", ["postgres", "switchboard", "switchboard_app"])
def test_our_own_account_connects_as_each_of_our_roles(server: Embedded, role: str):
    url = admin(server).replace("postgres@", f"{role}@")

    with psycopg.connect(url) as connection:
        assert connection.execute("select session_user").fetchone() == (role,)


def test_the_default_address_is_that_of_the_application(server: Embedded):
    assert server.url().startswith("postgresql://switchboard_app@/switchboard?host=/")


def test_addresses_of_the_environment_do_not_lead_elsewhere(server: Embedded, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGHOST", "example.com")

    with psycopg.connect(admin(server)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_the_server_listens_on_no_network_port(server: Embedded):
    with psycopg.connect(admin(server)) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("select inet_server_addr()").fetchone() == (None,)


def test_five_times_kill_9_of_the_server_loses_no_committed_row(server: Embedded):
    before, took = count(server), list[float]()
    for _ in range(5):
        with psycopg.connect(admin(server), autocommit=True) as connection:
            connection.execute("insert into kept select generate_series(1, 20)")
            os.kill(pid_of(server), signal.SIGKILL)
        began = time.monotonic()
        server.start()
        took.append(time.monotonic() - began)

    assert count(server) == before + 100
    assert min(took) < 1, took


def test_kill_9_of_a_backend_is_healed_by_the_server_itself(server: Embedded):
    before = pid_of(server)
    with psycopg.connect(admin(server)) as connection:
        backend = connection.info.backend_pid
        with suppress(psycopg.Error), psycopg.connect(admin(server)) as other:
            os.kill(backend, signal.SIGKILL)
            other.execute("select pg_sleep(30)")  # until it is sent away with all the others
        wait_until(server.answers)

    assert not is_alive(backend)
    assert pid_of(server) == before


def test_a_statement_that_outlives_the_server_does_not_hold_up_the_next(server: Embedded):
    busy = psycopg.connect(admin(server))
    endless = threading.Thread(target=forever, args=(busy,))
    endless.start()
    wait_until(lambda: is_busy(server))

    os.kill(pid_of(server), signal.SIGKILL)
    began = time.monotonic()
    server.start()
    took = time.monotonic() - began

    assert server.answers()
    endless.join(20)
    assert not endless.is_alive()
    assert took < 5


def test_what_a_killed_program_had_asked_for_ends_with_it(server: Embedded):
    asked = f"import psycopg; psycopg.connect({admin(server)!r}).execute({ENDLESS!r})"
    with run(asked, server.places.root) as child:
        wait_until(lambda: is_busy(server))
        child.kill()
    wait_until(lambda: not is_busy(server))


def forever(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    with suppress(psycopg.Error), connection:
        connection.execute(ENDLESS)


def is_busy(server: Embedded) -> bool:
    with psycopg.connect(admin(server)) as connection:
        asked = "select count(*) from pg_stat_activity where query like '%1000000%' and pid <> pg_backend_pid()"
        return connection.execute(asked).fetchone() == (1,)


def test_keep_starts_a_killed_server_again_at_once(server: Embedded):
    async def killed() -> float:
        keeping = asyncio.create_task(server.keep())
        await asyncio.sleep(0.05)
        before = pid_of(server)
        os.kill(before, signal.SIGKILL)
        began = time.monotonic()
        while server.pid in {None, before} or not await asyncio.to_thread(server.answers):
            await asyncio.sleep(0.005)
        took = time.monotonic() - began
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        return took

    with asyncio.Runner() as runner:
        assert min(runner.run(killed()) for _ in range(3)) < 1


def test_keep_costs_nothing_while_the_server_runs(server: Embedded):
    async def kept() -> float:
        keeping = asyncio.create_task(server.keep())
        await asyncio.sleep(0.1)
        began = time.process_time()
        await asyncio.sleep(1)
        used = time.process_time() - began
        keeping.cancel()
        return used

    with asyncio.Runner() as runner:
        assert runner.run(kept()) < 0.01


def test_a_stranger_with_the_servers_old_process_id_survives(server: Embedded):
    stranger = subprocess.Popen(["sleep", "60"])
    left = server.places.pid_file.read_text().split("\n", 1)[1]
    os.kill(pid_of(server), signal.SIGKILL)
    wait_until(lambda: not server.answers())
    server.places.pid_file.write_text(f"{stranger.pid}\n{left}")

    server.start()
    alive = stranger.poll() is None
    stranger.kill()
    stranger.wait()

    assert server.answers()
    assert alive


def test_a_server_that_others_use_goes_on_when_one_leaves(server: Embedded):
    other = run(JOIN_AND_LEAVE, server.places.root)

    assert other.communicate(timeout=30)[0].strip() == "True"
    assert server.answers()


def test_an_application_killed_leaves_the_server_for_the_next_to_stop(folder: Path):
    first = run(JOIN_AND_STAY, folder / "pg")
    assert first.stdout
    assert first.stdout.readline().strip() == "True"
    left = pid_of(Embedded(folder / "pg"))
    first.kill()
    first.communicate()
    stayed = is_alive(left)

    second = run(JOIN_AND_LEAVE, folder / "pg")

    assert second.communicate(timeout=30)[0].strip() == "True"
    assert stayed
    assert not is_alive(left)


def test_a_second_start_and_stop_leave_the_data_as_they_were(folder: Path):
    root = folder / "pg"
    first = Embedded(root).start()
    with psycopg.connect(admin(first), autocommit=True) as connection:
        connection.execute("create table kept (n integer)")
    first.stop()
    stopped = first.answers()

    again = Embedded(root).start()
    found = count(again)
    again.stop()

    assert not stopped
    assert found == 0


def test_two_servers_run_side_by_side(server: Embedded, folder: Path):
    other = Embedded(folder / "other").start()
    try:
        assert other.answers()
        assert other.pid != server.pid
        with psycopg.connect(admin(other)) as connection:
            assert connection.execute("select to_regclass('kept')").fetchone() == (None,)
    finally:
        other.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path):
    deep = folder / ("long" * 20) / "with, comma and space"
    long = Embedded(deep).start()
    try:
        with psycopg.connect(admin(long)) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert Embedded(deep).places.run == long.places.run
        assert long.places.run.stat().st_mode & 0o077 == 0
    finally:
        long.stop()
    assert not long.places.run.exists()


def test_a_link_to_the_directory_leads_to_the_same_server(server: Embedded, tmp_path: Path):
    (tmp_path / "link").symlink_to(server.places.root)

    assert Embedded(tmp_path / "link").pid == server.pid


def test_the_log_tells_of_a_crash_but_no_text_of_a_statement(server: Embedded):
    with psycopg.connect(admin(server), autocommit=True) as connection, suppress(psycopg.Error):
        connection.execute("select 'maria@example.com'::integer")
    with suppress(psycopg.Error), psycopg.connect(admin(server)) as other:
        with suppress(psycopg.Error), psycopg.connect(admin(server)) as connection:
            threading.Timer(0.3, os.kill, (connection.info.backend_pid, signal.SIGKILL)).start()
            connection.execute("select pg_sleep(30), 'maria@example.com'")
        other.execute("select pg_sleep(30)")  # until it is sent away with all the others
    wait_until(server.answers)

    said = "".join(log.read_text() for log in server.places.log.iterdir())

    assert "was terminated by signal 9" in said
    assert "maria" not in said


@pytest.mark.timeout(180)
def test_the_last_of_eight_that_start_at_once_stops_it(folder: Path):
    eight = [run(JOIN_AND_LEAVE, folder / "pg") for _ in range(8)]
    said = [each.communicate(timeout=120)[0].strip() for each in eight]

    assert said == ["True"] * 8
    assert not Embedded(folder / "pg").answers()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seconds", [0.12, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9])
def test_kill_9_during_the_first_boot_leaves_only_litter(folder: Path, seconds: float):
    root = folder / "pg"
    killed = run(JOIN_AND_STAY, root)
    time.sleep(seconds)  # where in the boot this falls is the machine's affair; each place must do
    killed.kill()
    killed.communicate()

    after = Embedded(root).start()
    with psycopg.connect(admin(after)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    after.stop()

    assert list(root.glob("half-*")) == []
    assert not after.answers()


def test_a_start_after_stop_does_not_come_from_keep(folder: Path):
    async def stopped() -> None:
        keeping = asyncio.create_task(made.keep())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(made.stop)
        await asyncio.wait_for(keeping, 30)

    made = Embedded(folder / "pg").start()
    with asyncio.Runner() as runner:
        runner.run(stopped())

    assert made.pid is None


def test_data_of_another_major_version_is_refused_by_name(folder: Path):
    data = folder / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(DatabaseDown, match=r"was made by PostgreSQL 17.*switchboard backup"):
        Embedded(folder / "pg").start()


def test_a_directory_of_something_else_is_left_alone(folder: Path):
    data = folder / "pg" / "data"
    data.mkdir(parents=True)
    (data / "holiday.jpg").write_text("")

    with pytest.raises(DatabaseDown, match="not a PostgreSQL database"):
        Embedded(folder / "pg").start()
    assert (data / "holiday.jpg").exists()
