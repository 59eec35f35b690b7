"""What others install the gateway by: each file fits what its makers ask of it, and the bundle starts and answers.

What is asked is written down here as far as we use it, from the manifest's schema 0.4
(github.com/modelcontextprotocol/mcpb, schemas/mcpb-manifest-v0.4.schema.json) and the registry's of 2025-09-29
(github.com/modelcontextprotocol/registry, internal/validators/schema/server.schema.json), both read on 2026-11-30.
"""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from switchboard.foundation.embedded import Embedded
from switchboard.mcp import packaging
from tests.foundation.open_folder import open_folder
from tests.processes.running import happens

PROGRAM = Path(sys.executable).parent / "switchboard"
TEXT = {"type": "string"}


def closed(required: tuple[str, ...], /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


MANIFEST = closed(
    ("name", "version", "description", "author", "server"),
    manifest_version={"const": "0.4"}, name=TEXT, display_name=TEXT, version=TEXT, description=TEXT, license=TEXT,
    author=closed(("name",), name=TEXT, email=TEXT, url=TEXT), keywords={"type": "array", "items": TEXT},
    server=closed(
        ("entry_point", "mcp_config", "type"), type={"const": "python"}, entry_point=TEXT,
        mcp_config=closed(
            ("command",), command=TEXT, args={"type": "array", "items": TEXT},
            env={"type": "object", "additionalProperties": TEXT},
        ),
    ),
    tools_generated={"type": "boolean"}, prompts_generated={"type": "boolean"},
    user_config={"type": "object", "additionalProperties": closed(
        ("type", "title", "description"), title=TEXT, description=TEXT, default=TEXT, required={"type": "boolean"},
        sensitive={"type": "boolean"}, type={"enum": ["string", "number", "boolean", "directory", "file"]},
    )},
    compatibility=closed(
        (), platforms={"type": "array", "items": {"enum": ["darwin", "win32", "linux"]}},
        runtimes=closed((), python=TEXT, node=TEXT),
    ),
)  # fmt: skip
INPUT = {"description": TEXT, "isRequired": {"type": "boolean"}, "isSecret": {"type": "boolean"}, "value": TEXT}
HEADER = closed(
    ("name",), name=TEXT, **INPUT, variables={"type": "object", "additionalProperties": closed((), **INPUT)}
)  # fmt: skip
ENTRY = closed(
    ("name", "description", "version"),
    name={"type": "string", "pattern": r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "minLength": 3, "maxLength": 200},
    description={"type": "string", "minLength": 1, "maxLength": 100}, version={"type": "string", "maxLength": 255},
    remotes={"type": "array", "items": closed(
        ("type", "url"), type={"const": "streamable-http"}, url={"type": "string", "format": "uri"},
        headers={"type": "array", "items": HEADER},
    )},
    **{"$schema": {"const": "https://static.modelcontextprotocol.io/schemas/2025-09-29/server.schema.json"}},
)  # fmt: skip


def made(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    packaging.write(tmp_path / "dist", "1.2.3", "https://shop.example.com")
    return tmp_path / "dist"


def test_the_manifest_fits_the_schema_of_bundles(folder: Path):
    with zipfile.ZipFile(folder / packaging.BUNDLE) as bundle:
        said = json.loads(bundle.read("manifest.json"))
        names = bundle.namelist()
    jsonschema.validate(said, MANIFEST)
    assert said["server"]["entry_point"] in names
    assert said["version"] == "1.2.3"
    asked = set(re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(said["server"])))
    assert asked == set(said["user_config"])


def test_the_entry_fits_the_schema_of_the_registry(folder: Path):
    said = made(folder, "server.json")
    jsonschema.validate(said, ENTRY)
    assert said["name"] == "com.example.shop/switchboard"
    assert [each["url"] for each in said["remotes"]] == [
        "https://shop.example.com/mcp", "https://shop.example.com/mcp/customer-data",
        "https://shop.example.com/mcp/monitoring",
    ]  # fmt: skip


def test_the_card_says_which_revisions_are_spoken_where(folder: Path):
    said = made(folder, "server-card.json")
    assert said["name"] == made(folder, "server.json")["name"]
    assert {tuple(each["supportedProtocolVersions"]) for each in said["remotes"]} == {("2026-07-28", "2025-11-25")}


def test_an_address_in_numbers_has_no_domain_to_be_called_by():
    assert packaging.registry_entry("1", "http://127.0.0.1:8000")["name"] == "localhost/switchboard"


def test_the_same_content_is_the_same_bundle(tmp_path: Path):
    packaging.write(tmp_path / "one", "1", "http://127.0.0.1:8000")
    packaging.write(tmp_path / "other", "1", "http://127.0.0.1:8000")
    assert (tmp_path / "one/switchboard.mcpb").read_bytes() == (tmp_path / "other/switchboard.mcpb").read_bytes()


def unpacked(folder: Path, **given: str) -> StdioServerParameters:
    """How a client starts the bundle: unpacked, its settings filled in, those left empty as nothing."""
    with zipfile.ZipFile(folder / packaging.BUNDLE) as bundle:
        bundle.extractall(folder / "unpacked")
    config = made(folder / "unpacked", "manifest.json")["server"]["mcp_config"]

    def filled(text: str) -> str:
        text = text.replace("${__dirname}", str(folder / "unpacked"))
        return re.sub(r"\$\{user_config\.(\w+)\}", lambda found: given.get(found[1], ""), text)

    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    own |= {"SWITCHBOARD_MCP_ENABLED": "true", "SWITCHBOARD_MCP_CUSTOMER_DATA_ENABLED": "true"}
    environment = {name: filled(value) for name, value in config["env"].items()}
    return StdioServerParameters(
        command=config["command"], args=[filled(each) for each in config["args"]], env=own | environment
    )


@pytest.mark.slow
def test_a_program_that_is_not_there_is_said_in_a_sentence(folder: Path):
    how = unpacked(folder, program="/nowhere/switchboard")
    ran = subprocess.run([how.command, *how.args], env=how.env, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert ran.stderr.startswith("/nowhere/switchboard: No such file or directory; install Switchboard")


@pytest.mark.heavy
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_bundle_starts_and_answers(folder: Path, mode: Any):
    with open_folder() as place:
        started = unpacked(folder, program=str(PROGRAM), data_dir=str(place / "data"))
        async with Client(stdio_client(started), mode=mode) as client:
            names = [each.name for each in (await client.list_tools()).tools]
            found = await client.call_tool("call_tool", {"name": "customer_data_customers_attributes"})
        happens(lambda: Embedded(place / "data" / "postgres").pid is None)
    assert "customer_data_get_customer_profile" in names
    assert found.structured_content is not None
