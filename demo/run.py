"""What `make demo` runs: two sample shops, imported and segmented once, then served until Ctrl-C or SIGTERM.

It uses the command line and HTTP, as anybody could.
"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from demo import children, place
from demo.filling import is_filled
from demo.place import EMAIL, Progress
from demo.shops import shops

READY_S = 120.0
LOOK_S = 0.1
KEPT = ("SWITCHBOARD_LOG_LEVEL",)
"""Settings in our environment that are meant for the demo, too."""
TOLD = """
Switchboard is at {url}

  sign in    {email}
  password   {password}
  API key    {key}  (workspace {workspace})

Try, in another terminal:

  curl -H "Authorization: Bearer {key}" {url}/api/mcp/customer/random
  {program} intelligence search --text Ada --workspace Gifts --data-dir {folder}
  {program} export profiles grocer.csv --workspace Grocer --data-dir {folder}

All of this stands in {folder}/demo.json, too. Ctrl-C stops everything."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Where its data lies and where it is served."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def main() -> int:
    """Fill, serve, and say how to sign in; ends with the exit code of what served."""
    demo = Demo(folder=place.data_dir(os.environ.get("DATA_DIR")), port=free_port(os.environ.get("PORT") or "8000"))
    children.stop_when_asked()
    try:
        place.make(demo.folder)
        set_up_environment(demo)
        if not is_filled(shops(), Progress.read(demo.folder)) and (wrong := children.finish("demo.commands")):
            return wrong
        return serve(demo, Progress.read(demo.folder))
    except children.Stopped:
        print("\nStopped.", file=sys.stderr)
        return 0


def free_port(said: str) -> int:
    """The port, when nothing serves there; else the program ends here, before what takes long."""
    if not said.isdecimal() or not 0 < int(said) < 65536:
        raise SystemExit(f"PORT={said} is no port; give a number, as in: make demo PORT=8001")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", int(said)))
        except OSError as error:
            raise SystemExit(
                f"port {said} can not be used ({error.strerror}): stop what serves there, "
                "or choose another, as in: make demo PORT=8001"
            ) from None
    return int(said)


def set_up_environment(demo: Demo) -> None:
    """Settings meant for another Switchboard of this machine stay out, and so does a `.env` in the checkout."""
    for name in [name for name in os.environ if name.startswith("SWITCHBOARD_") and name not in KEPT]:
        del os.environ[name]
    os.environ.setdefault("SWITCHBOARD_LOG_LEVEL", "WARNING")  # a line a request would push the sign-in off the screen
    os.environ["SWITCHBOARD_DATA_DIR"] = str(demo.folder)
    os.environ["SWITCHBOARD_PUBLIC_URL"] = demo.url
    os.chdir(demo.folder)


def serve(demo: Demo, progress: Progress) -> int:
    serving = children.server(demo.port)
    try:
        wait_for(demo, serving)
        tell(demo, progress)
        return serving.wait()
    except BaseException:
        children.end(serving)
        raise


def wait_for(demo: Demo, serving: subprocess.Popen[bytes]) -> None:
    """Until it is ready; the demo ends when it ends before, or never is."""
    until = time.monotonic() + READY_S
    while not is_ready(demo):
        if serving.poll() is not None:
            raise SystemExit(f"switchboard up ended with {serving.returncode}; what it said stands above")
        if time.monotonic() > until:
            raise SystemExit(f"{demo.url} was not ready within {READY_S:.0f} s")
        time.sleep(LOOK_S)


def is_ready(demo: Demo) -> bool:
    asked = HTTPConnection("127.0.0.1", demo.port, timeout=5)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


def tell(demo: Demo, progress: Progress) -> None:
    """Print the address, the sign-in and a key, and write them to demo.json."""
    workspace, key = next(iter(progress.keys.items()))
    known = {
        "url": demo.url, "email": EMAIL, "password": progress.password, "api_key": key,
        "workspaces": [{"name": name, "api_key": each} for name, each in progress.keys.items()],
    }  # fmt: skip
    place.write_privately(demo.folder / "demo.json", known)
    said = TOLD.format(
        url=demo.url, email=EMAIL, password=progress.password, key=key, workspace=workspace,
        program=children.PROGRAM, folder=demo.folder,
    )  # fmt: skip
    print(said, flush=True)


if __name__ == "__main__":
    sys.exit(main())
