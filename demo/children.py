"""The processes below us. Each is in a group of its own, so that Ctrl-C reaches it once: through us."""

import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

PROGRAM = Path(sys.executable).parent / "switchboard"
END_S = 45.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM."""


class Failed(Exception):
    """A command that did not work, with what it said."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def stop_when_asked() -> None:
    """From now on a signal to end raises Stopped, once."""
    for each in SIGNALS:
        signal.signal(each, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def command(*words: str, given: str = "") -> str:
    """What a command of `switchboard` prints; raise Failed when it does not work."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [str(PROGRAM), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        process_group=0,
    ) as running:  # fmt: skip
        try:
            answered, said = running.communicate(given)
        except Stopped:
            running.send_signal(signal.SIGINT)  # a command ends well on this: it leaves the database as it should
            running.communicate()
            raise
    if running.returncode:
        raise Failed(said.strip() or f"switchboard {words[0]} ended with {running.returncode}")
    return answered


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
