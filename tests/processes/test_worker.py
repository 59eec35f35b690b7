"""`switchboard worker`: a worker alone."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.processes.running import PROGRAM, Running, happens, running

SHOP = "a shop whose jobs run"  # one of several in the folder
pytestmark = [pytest.mark.heavy, pytest.mark.timeout(300)]  # starting takes 2 s, on a machine that is busy 20


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_by_itself_until_told_to_stop(folder: Path, how: int):
    with running(folder, "worker", serves=False) as worker:
        happens(worker.postgres)
        happens(lambda: _serves_the_queue(worker))
        code, _ = worker.end(how)
        assert (code, worker.log.read_text()) == (0, "")
        assert worker.postgres() is None


def test_jobs_have_connections_enough_however_few_serving_processes_have(folder: Path):
    orders = folder / "orders.csv"
    rows = (f"o{n},c{n % 50},2024-03-{1 + n % 28:02},p{n % 7},2,9.50" for n in range(500))
    orders.write_text("\n".join(["order_id,customer_id,placed_at,product_id,quantity,unit_price", *rows]))
    asked_of(folder, "workspaces", "add", SHOP)
    asked_of(folder, "import", "orders", str(orders), "--workspace", SHOP)
    with running(folder, "worker", serves=False, SWITCHBOARD_POOL_SIZE="1") as worker:
        happens(lambda: _segmented(folder), 60)
        assert worker.end()[0] == 0
        assert worker.log.read_text() == ""


def asked_of(folder: Path, *words: str) -> Any:
    """What a command said, as JSON."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    said = subprocess.run(
        [str(PROGRAM), *words, "--json", "--data-dir", str(folder / "data")], env=own, capture_output=True, text=True,
        check=True, timeout=120,
    )  # fmt: skip
    return json.loads(said.stdout)


def _segmented(folder: Path) -> bool:
    jobs = asked_of(folder, "jobs", "list", "--workspace", SHOP)["jobs"]
    return any((each["name"], each["status"]) == ("intelligence.segment", "done") for each in jobs)


def _serves_the_queue(worker: Running) -> bool:
    """Its loops are threads of their own, begun last."""
    names = [each.read_text().strip() for each in Path(f"/proc/{worker.program.pid}/task").glob("*/comm")]
    return len(names) > 3 and bool(worker.postgres())
