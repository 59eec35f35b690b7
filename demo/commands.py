"""Fills the shops of a data directory: `switchboard` command by command, in one process that has imported it once."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from demo.filling import Failed, fill
from demo.place import Progress
from demo.shops import shops
from switchboard.main import command_line


def command(*words: str, given: str = "") -> str:
    """What a command prints; raise Failed when it does not work. `given` is its standard input."""
    sys.argv = ["switchboard", *words]
    sys.stdin = io.StringIO(given)
    answered, said = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(answered), redirect_stderr(said):
            command_line()
    except SystemExit as ended:
        if ended.code:
            raise Failed(said.getvalue().strip()) from None
    return answered.getvalue()


if __name__ == "__main__":
    try:
        fill(shops(), Progress.read(Path(os.environ["SWITCHBOARD_DATA_DIR"])), command)
    except Failed as failed:
        sys.exit(f"\n{failed}")
