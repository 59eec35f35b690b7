"""Whatever fits the published document, or nearly does, is answered as the document says and never with a bug."""

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from switchboard.accounts.credentials import Credentials
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.serving import Serving
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground
from switchboard.foundation.operations import OPERATIONS, Operation
from tests.api.counter import OFFERED, key_of, well
from tests.api.listening import listening

schemes: Any = checks  # schemathesis says only part of its types
CHECKS = [schemes.content_type_conformance, schemes.response_schema_conformance, schemes.status_code_conformance]
SAFE = {name: declared for name, declared in OFFERED.items() if name != "counter.break"}
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def house_operations() -> Mapping[str, Operation[Any, Any]]:
    """The product's own: importing what declares them is declaring them."""
    importlib.import_module("switchboard.house")
    return OPERATIONS


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("operations", "examples"),
    [
        pytest.param(SAFE, 10, id="counter", marks=pytest.mark.heavy),
        pytest.param(house_operations(), 8, id="product", marks=pytest.mark.heavy),
    ],
)
async def test_every_answer_is_one_the_document_names(
    ground: Ground, operator: Caller, operations: Mapping[str, Operation[Any, Any]], examples: int
):
    serving = Serving(ground=ground, credentials=Credentials(ground, None), ready=well, log=AccessLog(on=False))
    api = make_api(serving, operations=operations)
    key = await key_of(ground, operator, "admin")
    async with listening(api, lifespan=False) as url, httpx2.AsyncClient(base_url=url) as client:
        document = (await client.get("/openapi.json")).json()
        await asyncio.to_thread(try_all, document, url, key, examples)


def try_all(document: dict[str, Any], url: str, key: str, examples: int) -> None:
    """Try each path with requests that fit and requests that do not, and hold the answers against the document."""
    schema: Any = schemathesis.openapi.from_dict(document)
    wrong: list[str] = []
    for found in schema.get_all_operations():
        for mode in MODES:
            try:
                holds(found.ok(), mode, url, key, examples)
            except Unsatisfiable:
                continue  # nothing is asked, so nothing can be asked wrongly
            except Exception as error:  # noqa: BLE001 - all that is wrong is told at once
                wrong.append(f"{found.ok().label} {mode}: {error}"[:1_500])
    assert wrong == [], "\n\n".join(wrong)


def holds(operation: Any, mode: GenerationMode, url: str, key: str, examples: int) -> None:
    """Whether the answers to examples for one path are as documented."""

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=SLOW)
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        answer = case.call(base_url=url, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], answer.text
        case.validate_response(answer, checks=CHECKS)

    each()
