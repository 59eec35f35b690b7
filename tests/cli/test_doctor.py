"""`switchboard doctor`."""

import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest

from switchboard.cli.doctor import provider, servers
from switchboard.foundation.ids import new_id
from switchboard.foundation.servers import noted
from switchboard.foundation.settings import Settings
from tests.cli.line import Line

pytestmark = pytest.mark.slow


class Answering(BaseHTTPRequestHandler):
    """Ready, with MCP switched off."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        """Say nothing."""


@pytest.fixture
def served() -> Generator[str]:
    """The address of a server."""
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_house_that_is_well_is_said_to_be(line: Line):
    found = line.json("doctor")
    assert found["ok"]
    assert [each["name"] for each in found["checks"]] == [
        "modules", "packages", "extra kafka", "extra redis", "extra spark", "extra warehouse", "data directory",
        "database", "authentication", "mcp", "api",
    ]  # fmt: skip


def test_an_extra_that_is_not_installed_is_no_fault(line: Line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "aiokafka", None)  # as Python says that a module is not there
    monkeypatch.delitem(sys.modules, "switchboard.customers.ingest.kafka_stream", raising=False)
    found = line.json("doctor")
    checks = {each["name"]: each for each in found["checks"]}
    assert found["ok"]
    assert checks["modules"]["ok"]
    assert checks["extra kafka"]["said"] == "not installed (optional): pip install 'switchboard[kafka]'"


def test_without_a_server_it_says_where_it_looked_and_how_to_name_another(line: Line):
    nowhere = Settings.model_construct(set(), public_url="http://127.0.0.1:9", data_dir=line.data_dir)
    (api,) = servers(nowhere)
    assert api.ok
    assert api.said == (
        "no server at http://127.0.0.1:9; `switchboard up` starts one; where one listens elsewhere, "
        "say so with SWITCHBOARD_PUBLIC_URL"
    )


def test_the_servers_of_the_data_directory_are_asked_where_they_listen(
    line: Line, served: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SWITCHBOARD_PUBLIC_URL")
    with noted(line.data_dir, served):
        said = line.json("doctor")["checks"][-1]["said"]
    assert said == f"{served} answers 200; MCP is off there"


def test_several_workspaces_are_no_trouble(line: Line):
    Line(data_dir=line.data_dir).json("workspaces", "add", f"another {new_id()}")
    assert Line(data_dir=line.data_dir).json("doctor")["ok"]


def test_the_switches_of_mcp_are_told(line: Line):
    line.json("flags", "set", "mcp_enabled", "true")
    checks = {each["name"]: each["said"] for each in line.json("doctor")["checks"]}
    line.json("flags", "set", "mcp_enabled", "default")
    assert checks["mcp"].startswith("switched on: mcp_enabled; `switchboard flags set NAME true`")


def test_a_key_that_is_not_good_is_told_and_the_exit_code_is_1(line: Line):
    said = line.say("doctor", SWITCHBOARD_API_KEY="sb_none")
    assert said.exit_code == 1
    assert "the API key is unknown, expired or revoked" in said.stdout


def test_every_setting_is_listed_with_its_source(line: Line):
    settings = {each["variable"]: each for each in line.json("doctor")["settings"]}
    assert settings["SWITCHBOARD_LOG_LEVEL"]["source"] == "environment"
    assert settings["SWITCHBOARD_POOL_SIZE"]["source"] == "default"
    assert all(each["meaning"] for each in settings.values())


def test_secrets_are_not_shown(line: Line):
    said = line.say("doctor", SWITCHBOARD_SECRET_KEY="s" * 40, SWITCHBOARD_PUBLIC_URL="http://127.0.0.1:9")
    assert "s" * 40 not in said.output


def test_a_warehouse_that_does_not_answer_is_told_without_what_signs_in(line: Line):
    said = line.say("doctor", SWITCHBOARD_WAREHOUSE_URL="postgresql://reader:hush@127.0.0.1:9/shop")
    assert said.exit_code == 1
    assert "postgresql://127.0.0.1:9/shop can not be reached" in said.stdout
    assert "hush" not in said.output


def test_a_server_that_answers_is_asked_for_mcp_too(line: Line, served: str):
    said = line.say("doctor", SWITCHBOARD_PUBLIC_URL=served)
    assert "answers 200; MCP is off there" in said.stdout


def test_a_database_that_does_not_answer_is_told_and_the_exit_code_is_1(line: Line):
    said = line.say("doctor", SWITCHBOARD_DATABASE_URL="postgresql://me@127.0.0.1:9/none")
    assert said.exit_code == 1
    assert "database" in said.stdout
    assert "PostgreSQL does not answer" in said.stdout


def test_a_provider_of_access_tokens_that_does_not_answer_is_told():
    away = Settings(oauth_issuer="http://127.0.0.1:9", oauth_machines=f"robot={uuid4()}")
    (check,) = provider(away)
    assert (check.name, check.ok) == ("access tokens", False)
    assert check.said.startswith("SWITCHBOARD_OAUTH_ISSUER: http://127.0.0.1:9 does not answer")
    assert provider(Settings()) == []
