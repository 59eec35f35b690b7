"""`switchboard worker`: a worker alone."""

import signal
from pathlib import Path

import pytest

from tests.processes.running import Running, happens, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # starting takes 2 s, on a machine that is busy 20


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_by_itself_until_told_to_stop(folder: Path, how: int):
    with running(folder, "worker", serves=False) as worker:
        happens(worker.postgres)
        happens(lambda: _serves_the_queue(worker))
        code, _ = worker.end(how)
        assert (code, worker.log.read_text()) == (0, "")
        assert worker.postgres() is None


def _serves_the_queue(worker: Running) -> bool:
    """Its loops are threads of their own, begun last."""
    names = [each.read_text().strip() for each in Path(f"/proc/{worker.program.pid}/task").glob("*/comm")]
    return len(names) > 3 and bool(worker.postgres())
