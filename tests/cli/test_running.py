"""`switchboard up`, `worker` and `mcp`, as far as they refuse; and the program itself."""

import json
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow

PROGRAM = Path(sys.executable).parent / "switchboard"


@pytest.fixture
def taken() -> Generator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_that_is_taken_is_said_with_the_next_step(line: Line, taken: int):
    said = line.refused("up", "--port", str(taken))
    assert said == f"port {taken} is taken; choose another with --port"


def test_an_address_that_is_not_ours_is_refused(line: Line):
    assert "192.0.2.1" in line.refused("up", "--host", "192.0.2.1", "--port", "17999")


def test_there_is_at_least_one_serving_process(line: Line):
    assert "--workers" in line.refused("up", "--workers", "0")


def test_a_port_that_can_not_be_is_said_in_a_sentence(line: Line):
    assert "65535" in line.refused("up", "--port", "99999", code=2)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - refused
@pytest.mark.parametrize("name", ["demo.json", "demo-progress.json"])
def test_demo_accounts_are_not_served_to_others(tmp_path: Path, host: str, name: str):
    (tmp_path / name).write_text("{}")
    said = Line(data_dir=tmp_path).refused("up", "--host", host, "--port", "17998")
    assert "demo accounts" in said


def test_a_setting_that_can_not_be_is_named(line: Line):
    said = line.refused("keys", "list", SWITCHBOARD_POOL_SIZE="many")
    assert "SWITCHBOARD_POOL_SIZE" in said


def test_the_program_answers_json_and_says_what_is_wrong_in_a_sentence(line: Line):
    assert line.workspace
    words = [str(PROGRAM), "keys", "list", "--json", "--data-dir", str(line.data_dir)]
    good = subprocess.run([*words, "--workspace", line.workspace], capture_output=True, text=True, check=False)
    bad = subprocess.run([*words, "--workspace", "nowhere"], capture_output=True, text=True, check=False)
    assert (good.returncode, json.loads(good.stdout)["keys"], good.stderr) == (0, [], "")
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (1, "", 1)


def test_words_that_are_unknown_end_with_2():
    assert subprocess.run([str(PROGRAM), "fly"], capture_output=True, check=False).returncode == 2


def test_the_reader_of_an_export_may_have_enough(shop: Line):
    assert shop.workspace
    words = f"{PROGRAM} export profiles - --data-dir {shop.data_dir} --workspace '{shop.workspace}' | head -1"
    said = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)
    assert said.stdout.startswith("customer_id,")
    assert "Traceback" not in said.stderr
