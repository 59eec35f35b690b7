"""The OpenAPI document and its page."""

from typing import Any

import httpx2

from tests.api.counter import OFFERED


async def test_every_operation_is_documented_with_its_shapes_and_its_problems(nobody: httpx2.AsyncClient):
    paths: dict[str, Any] = (await nobody.get("/openapi.json")).json()["paths"]
    assert {f"/v1/{name}" for name in OFFERED} <= paths.keys()
    echo = paths["/v1/counter.echo"]["post"]
    assert echo["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/EchoAsked"}
    assert echo["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Echo"}
    assert echo["responses"]["422"]["content"].keys() == {"application/problem+json"}
    assert {"HTTPBearer": []} in echo["security"]
    assert "security" not in paths["/healthz"]["get"]


async def test_a_published_path_is_documented_with_its_parameters(nobody: httpx2.AsyncClient):
    paths: dict[str, Any] = (await nobody.get("/openapi.json")).json()["paths"]
    parameters = paths["/api/mcp/customer/{id}"]["get"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in parameters] == [
        ("id", "path", True), ("as_of", "query", False)
    ]  # fmt: skip


async def test_every_operation_of_the_document_has_a_name_of_its_own(nobody: httpx2.AsyncClient):
    paths: dict[str, Any] = (await nobody.get("/openapi.json")).json()["paths"]
    names = [described["operationId"] for methods in paths.values() for described in methods.values()]
    assert len(names) == len(set(names))


async def test_the_page_loads_nothing_and_escapes_what_it_shows(nobody: httpx2.AsyncClient):
    answer = await nobody.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    assert "/v1/counter.echo" in answer.text
