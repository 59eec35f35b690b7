"""A Spark Connect server of this machine, and what the product finds there, asked by a process of its own.

One process can not have both a session of a server and one of its own Spark.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from switchboard.foundation.errors import SwitchboardError
from switchboard.intelligence.warehouse.asking import open_warehouse
from switchboard.intelligence.warehouse.elsewhere import look
from tests.intelligence.warehouse import golden

START_S = 120.0
SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
FOREVER = "select count(*) from range(1000000000000) where hash(id) = 1"


@contextmanager
def served(folder: Path) -> Generator[str]:
    """The address of a server, while it runs."""
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    settings = {
        "spark.connect.grpc.binding.port": port, "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": 2,
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [str(home / "bin/spark-submit"), "--class", SERVER, "--master", "local[2]", *words, "spark-internal"],
            cwd=folder, env=os.environ | {"SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _until_it_listens(port)
        yield f"sc://127.0.0.1:{port}/;user_id=reader"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _until_it_listens(port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the Spark Connect server did not start")


async def _ask(url: str, file: Path) -> dict[str, str]:
    """What is found at the address; the file takes the lines."""
    con, as_of = golden.lines_of("generated")
    con.execute(f"copy ({golden.CONTRACT}) to '{file}' (format parquet)")
    lines = f"parquet.`{file}`"
    await golden.assert_as_the_mirror(golden.settings(url, lines), con, as_of)
    nowhere = golden.settings("sc://127.0.0.1:9/;token=hush", lines)
    asked = {
        "well": golden.settings(url, lines), "table": golden.settings(url, "nothing"),
        "column": golden.settings(url, lines, columns="gross=amount"), "away": nowhere,
    }  # fmt: skip
    said = {name: " ".join(each.said for each in await look(named)) for name, named in asked.items()}
    try:
        await open_warehouse(golden.settings(url, lines, timeout_s=3)).ask(FOREVER)
    except SwitchboardError as error:
        said["late"] = str(error)
    return said


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_ask(sys.argv[1], Path(sys.argv[2])))))  # noqa: T201 - read by the test
