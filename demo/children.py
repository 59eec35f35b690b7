"""The processes below us. Each is in a group of its own, so that Ctrl-C reaches it once: through us."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

PROGRAM = Path(sys.executable).parent / "switchboard"
CHECKOUT = Path(__file__).resolve().parents[1]
END_S = 45.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM."""


def stop_when_asked() -> None:
    """From now on a signal to end raises Stopped, once."""
    for each in SIGNALS:
        signal.signal(each, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def finish(module: str) -> int:
    """Run a module of ours to its end; its exit code."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}  # we are in the data directory
    running = subprocess.Popen([sys.executable, "-m", module], env=environment, process_group=0)  # noqa: S603 - our own
    try:
        return running.wait()
    except Stopped:
        running.send_signal(signal.SIGINT)  # a command ends well on this: it leaves the database as it should
        running.wait()
        raise


def server(port: int) -> subprocess.Popen[bytes]:
    """Switchboard itself, serving."""
    return subprocess.Popen([str(PROGRAM), "up", "--port", str(port)], process_group=0)  # noqa: S603 - our own program


def end(serving: subprocess.Popen[bytes]) -> int:
    """End it well; its exit code."""
    serving.terminate()
    try:
        return serving.wait(END_S)
    except subprocess.TimeoutExpired:
        serving.kill()
        return serving.wait()
