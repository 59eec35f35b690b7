"""No planted contact leaves by any reading operation for who may not see it, nor lies anywhere on the disk."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import ValidationError
from pydantic_core import to_json

from switchboard.accounts.credentials import Credentials
from switchboard.accounts.roles import ROLES, permissions_of
from switchboard.api import uploads as upload_door
from switchboard.api.access_log import AccessLog
from switchboard.api.app import make_api
from switchboard.api.serving import Serving
from switchboard.customers import uploads
from switchboard.customers.operations import begin_upload, import_file, preview_import
from switchboard.customers.records import ImportRequest, UploadRequest
from switchboard.foundation.backup.making import Origin, make_backup
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.ground import Ground
from switchboard.foundation.log import write_log
from switchboard.foundation.operations import OPERATIONS
from switchboard.house import DECLARED, intelligence_customers
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked
from tests.api.counter import client_of, key_of, well
from tests.shop import Shop, as_role, open_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WORD = "zwibbelkraut"
MAIL, NAME, PHONE, STREET = f"{WORD}@quarkheim.example", f"Xaverl {WORD.title()}", "+49 151 77345612", "Quittengasse 9"
PLANTED = (WORD, "quarkheim", "xaverl", "77345612", "quittengasse")
PEOPLE = (
    "customer_id,email,name,phone,street,city,country,tier\n"
    f"c1,{MAIL},{NAME},{PHONE},{STREET},Ulm,DE,gold\nc2,ida@b.example,Ida,,,Bonn,DE,silver\n"
)
ORDERS = "order_id,customer_id,placed_at,product_id,category,quantity,unit_price,email,name,phone\n" + "".join(
    f"o{n},c{n % 9 + 1},2024-0{n % 4 + 1}-{n % 27 + 1:02}T10:00,p{n % 5},k{n % 3},1,{n % 9 + 3},"
    + (f"{MAIL},{NAME},{PHONE}\n" if n % 9 == 0 else ",,\n")
    for n in range(180)
)
WRONG = f"customer_id,email,name\n,,{NAME} {MAIL}\nc3,c3@b.example,Cy\n"
EVENTS = f"kind,at,email\nopened,2024-03-01T10:00:00Z,{MAIL}\n"
IN_JSON = {"Content-Type": "application/json"}
MOMENT = datetime(2024, 4, 1, tzinfo=UTC)
NOT_OF_THIS_SHOP = {  # they ask for something that this shop has none of, and say so
    "customers.erasure_certificate", "customers.show_filter", "intelligence.find_export", "jobs.show",
    "intelligence.seasonal_engagement",
}  # fmt: skip


@pytest.fixture(scope="module")
async def shop(ground: Ground) -> Shop:
    """A shop with one person's contact brought in by every kind of file, by the door that seals what is sent."""
    opened = await open_shop(ground)
    for kind, text in (("orders", ORDERS), ("customers", PEOPLE), ("customers", WRONG), ("events", EVENTS)):
        asked = ImportRequest.model_validate({"upload_id": await sent(opened, text), "kind": kind})
        await preview_import(ground, opened.caller, asked, door="test")
        await import_file(ground, opened.caller, asked, door="test")
    await segment(ground, opened.caller, RunAsked(as_of=MOMENT), door="test")
    await opened.segment()
    return opened


async def sent(shop: Shop, text: str):
    begun = await begin_upload(shop.ground, shop.caller, UploadRequest(name="file.csv"), door="test")
    async with shop.ground.work(shop.caller) as work:
        key = await uploads.key_of(work)

    async def pieces() -> AsyncGenerator[bytes]:
        yield text.encode()

    await upload_door.keep(pieces(), uploads.place(shop.ground.data_dir, shop.workspace.id, begun.upload_id), key)
    return begun.upload_id


def leaked(text: str) -> list[str]:
    return [word for word in PLANTED if word in text.lower()]


async def arguments(shop: Shop) -> dict[str, Any]:
    """Something sensible for every field that an operation must be given."""
    asked = OPERATIONS["customers.imports"]
    imports = await asked(shop.ground, shop.caller, asked.asks(), door="test")
    top = OPERATIONS["intelligence.top_archetypes"]
    archetypes = await top(shop.ground, shop.caller, top.asks(), door="test")
    return {
        "customer_id": "c1", "other_id": "c2", "customer_ids": ["c1", "c2"], "channel": "email", "purpose": "marketing",
        "upload_id": await sent(shop, PEOPLE), "import_id": imports.imports[-1].import_id, "goal": "retention",
        "archetype_id": archetypes.archetypes[0].archetype_id, "axis_name": "purchase_frequency", "kind": "customers",
        "segment_name": "regular", "filter": {"country": "DE"}, "name": "none",
        "id": "00000000-0000-4000-8000-000000000000", "export_id": "00000000-0000-4000-8000-000000000000",
        "certificate_id": "00000000-0000-4000-8000-000000000000", "address": MAIL, "events": 20,
        "campaign_type": "retention",
        "one": {}, "other": {"axis_name": "purchase_frequency", "segment_name": "regular"},
        "chart": "churn", "event": "Easter",
    }  # fmt: skip


@pytest.mark.parametrize("role", [role for role in ROLES if "customers:contact" not in permissions_of(role)])
async def test_no_reading_operation_tells_a_contact_to_who_may_not_see_it(shop: Shop, role: str):
    assert intelligence_customers in DECLARED
    given, answered = await arguments(shop), set[str]()
    caller = as_role(shop, role)
    reading = {name: each for name, each in OPERATIONS.items() if each.reads and caller.may(each.permission)}
    for name, each in sorted(reading.items()):
        known = {field: given[field] for field in each.asks.model_fields if field in given and field != "filter"}
        needed = {field for field, of in each.asks.model_fields.items() if of.is_required()}
        first = {field: given[field] for field in needed}
        for words in (first, first | {"filter": given["filter"]}, known, known | {"text": MAIL}):
            try:
                asked = each.asks.model_validate(words)
                answer = await each(shop.ground, caller, asked, door="test")
            except (ValidationError, SwitchboardError) as error:
                told = str(error) if isinstance(error, SwitchboardError) else ""
                assert not leaked(told.replace(MAIL, "")), name
                continue
            answered.add(name)
            assert leaked(answer.model_dump_json()) == [], name
    assert reading.keys() - answered - NOT_OF_THIS_SHOP == set()


@pytest.fixture
def spans() -> Generator[InMemorySpanExporter]:
    """The spans that are traced from here on."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    yield exporter
    processor.shutdown()


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str]) -> Generator[Callable[[], str]]:
    """All that is logged from here on."""
    write_log("DEBUG")
    yield lambda: capfd.readouterr().err
    structlog.reset_defaults()


async def test_no_log_line_figure_or_span_tells_a_contact(
    shop: Shop, spans: InMemorySpanExporter, logged: Callable[[], str]
):
    """Whatever is asked with a contact in it, and whatever goes wrong over one; over HTTP, where all is told."""
    nobody = f"not.{MAIL}"
    given = await arguments(shop) | {
        "customer_id": nobody,
        "other_id": MAIL,
        "customer_ids": [MAIL],
        "text": NAME,
        "confirm": nobody,
    }
    credentials = Credentials(shop.ground, None)
    api = make_api(Serving(ground=shop.ground, credentials=credentials, ready=well, log=AccessLog()))
    async with client_of(api, await key_of(shop.ground, shop.caller, "owner")) as client:
        for name, each in sorted(OPERATIONS.items()):
            known = {field: given[field] for field in each.asks.model_fields if field in given and field != "filter"}
            if each.reads or name in {"customers.merge", "customers.erase", "customers.verify_identity"}:
                await client.post(f"/v1/{name}", content=to_json(known), headers=IN_JSON)
        await client.post("/v1/customers.ingest", json={"people": [{"email": nobody, "name": NAME, "phone": STREET}]})
        figures = (await client.get("/metrics")).text
        await asyncio.sleep(1)  # lines about requests are written some at a time
    traced = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "not_found" in traced
    assert "customers.show" in figures
    lines = logged()
    assert '"event":"request"' in lines
    assert (leaked(traced), leaked(figures), leaked(lines)) == ([], [], [])


async def test_who_may_see_contacts_sees_them(shop: Shop):
    """Else the scan above would find nothing, whatever was masked."""
    profile = OPERATIONS["customers.show"]
    answer = await profile(
        shop.ground, as_role(shop, "support"), profile.asks.model_validate({"customer_id": "c1"}), door="test"
    )
    assert {WORD, "xaverl"} <= set(leaked(answer.model_dump_json()))


@pytest.mark.heavy
async def test_nothing_on_the_disk_holds_the_contact(shop: Shop, server: Embedded, tmp_path: Path):
    with psycopg.connect(server.url(role="postgres"), autocommit=True) as admin:
        admin.execute("checkpoint")
    backup = tmp_path / "all.backup"
    origin = Origin(
        data_dir=shop.ground.data_dir, owner_url=server.url(role="switchboard"), vault=shop.ground.vault
    )  # fmt: skip
    make_backup(origin, backup, None, lambda _name, _size: None)
    copy = tmp_path / "copy"
    shutil.copytree(shop.ground.data_dir, copy, symlinks=True, ignore_dangling_symlinks=True, ignore=_sockets)
    files = [path for path in [*copy.rglob("*"), backup] if path.is_file() and not path.is_symlink()]
    assert {path.relative_to(copy).parts[0] for path in files if path != backup} >= {
        "audit", "keys", "mirrors", "postgres", "quarantine", "uploads"
    }  # fmt: skip
    found = {path.name: words for path in files if (words := leaked(path.read_bytes().decode("latin-1")))}
    assert found == {}


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]
