"""ClickHouse's HTTP interface before a ClickHouse in this process (chDB): what it answers is what the engine says."""

import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import chdb.session

USER, KEY = "reader", "k%y/1"
CODE = re.compile(r"Code: (\d+)\. DB::Exception")


@dataclass
class ClickHouse:
    """One database, at an address; `asked` is what was asked so far, with its parameters."""

    session: Any
    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    turn: Lock = field(default_factory=Lock)

    def run(self, query: str) -> None:
        """Run a statement there, as its owner."""
        self.session.query(query)

    def url(self, *, user: str = USER, key: str = "k%25y%2F1", database: str = "default") -> str:
        """Where it is reached."""
        return f"clickhouse://{user}:{key}@127.0.0.1:{self.port}/{database}?secure=false"

    def answer(self, query: str, asked: dict[str, str]) -> bytes:
        """The rows, in the format asked for; raises RuntimeError in the engine's words."""
        with self.turn:
            self.asked.append((query, asked))
            self.session.query(f"use {asked['database']}")
            self.session.query(f"set max_execution_time = {int(asked['max_execution_time'])}")
            return self.session.query(query, asked["default_format"]).bytes()


@contextmanager
def served() -> Generator[ClickHouse]:
    """The server, on a port of its own of this machine."""
    folder = tempfile.mkdtemp(prefix="chdb")
    there = ClickHouse(session=chdb.session.Session(folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            if (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) != (USER, KEY):
                self._say(403, b"Code: 516. DB::Exception: Authentication failed", "516")
                return
            try:
                self._say(200, there.answer(query, asked))
            except RuntimeError as error:
                found = CODE.search(str(error))
                self._say(500, str(error).encode(), found[1] if found else "1002")

        def _say(self, status: int, body: bytes, code: str = "") -> None:
            self.send_response(status)
            if code:
                self.send_header("X-ClickHouse-Exception-Code", code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        there.session.close()
        shutil.rmtree(folder, ignore_errors=True)
