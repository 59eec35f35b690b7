"""Values of forgotten people that are kept as they were written leave PostgreSQL's files, too."""

from pathlib import Path
from typing import Any

import pytest

from switchboard import house
from switchboard.customers.attributes.operations import define_attribute, set_attributes
from switchboard.customers.attributes.records import DefineAttribute, SetAttributes
from switchboard.customers.consent.operations import record_consent
from switchboard.customers.consent.records import Statement
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.operations import erase, erasure_certificate
from switchboard.customers.erasure.records import Certificate, CertificateRef, EraseAsked
from switchboard.customers.ingest.operations import ingest
from switchboard.customers.ingest.records import Batch
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.customers.planted import Planted
from tests.shop import Shop, as_owner, open_shop, rows

DECLARED = house.DECLARED  # so that every room has declared what it holds
pytestmark = pytest.mark.slow
TABLES = """
select c.relname, pg_relation_filepath(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'pg_toast', 'pg_catalog') and c.relkind in ('r', 'i', 't')
    and pg_relation_filepath(c.oid) is not null
"""


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def tell(shop: Shop, customer: str, word: str) -> None:
    """What is kept of a customer as it was written."""
    event: dict[str, Any] = {
        "event_id": f"e-{customer}", "customer_id": customer, "kind": "form", "at": "2026-02-03T00:00:00Z",
        "properties": {"message": f"call {word}"},
    }  # fmt: skip
    batch = Batch.model_validate({"people": [{"customer_id": customer}], "events": [event]})
    await ingest(shop.ground, shop.caller, batch, door="test")
    attributes = SetAttributes(customer_id=customer, attributes={"memo": f"memo {word}"})
    await set_attributes(shop.ground, shop.caller, attributes, door="test")
    statement = Statement(
        customer_id=customer, channel="email", purpose="news", state="given", source=f"desk {word}", reference=word
    )
    await record_consent(shop.ground, shop.caller, statement, door="test")


async def forgotten(shop: Shop, customer: str) -> Certificate:
    asked = EraseAsked(customer_id=customer, confirm=customer)
    made = await erase(shop.ground, shop.caller, asked, door="test")
    await complete(shop.ground, shop.workspace.id)
    asked_for = CertificateRef(certificate_id=made.certificate_id)
    return await erasure_certificate(shop.ground, shop.caller, asked_for, door="test")


def in_files(server: Embedded, folder: Path, word: str) -> set[str]:
    """Tables and indexes in whose files a word stands, once all that is in memory was written."""
    with as_owner(server) as owner:
        owner.execute("checkpoint")
        named = {str(path): str(name) for name, path in rows(owner, TABLES)}
    data = folder / "postgres" / "data"
    files = (path for path in data.rglob("base/*/*") if path.is_file() and word.encode() in path.read_bytes())
    return {named.get(str(path.relative_to(data)), path.name) for path in files}


async def test_what_is_not_sealed_leaves_the_files_of_tables_and_indexes(shop: Shop, server: Embedded, data_dir: Path):
    await define_attribute(shop.ground, shop.caller, DefineAttribute(name="memo", type="text"), door="test")
    who = Planted()
    for customer, word in (("c1", "before"), ("c2", who.word), ("c3", "after")):
        await tell(shop, customer, word)
    with as_owner(server) as owner:  # as PostgreSQL does by itself
        owner.execute("analyze activity, attribute_said, person, consent")
    before = in_files(server, data_dir, who.word)
    assert before >= {"activity", "attribute_said", "person", "consent", "consent_reference"}
    made = await forgotten(shop, "c2")
    assert made.complete
    assert in_files(server, data_dir, who.word) == set()
    assert made.cleaned["tables written anew"] >= 12  # in a server that others use, some are large or in use


async def test_the_certificate_says_which_values_may_remain_unsealed_and_promises_no_day(shop: Shop):
    await shop.bring("customer_id,email\nc1,ann@example.com\n", "customers")
    made = await forgotten(shop, "c1")
    told = {each.what: each for each in made.remaining}
    for each in (told["the database's log of changes"], told["space of deleted rows on the disk"]):
        assert each.until is None
        assert "ids, orders, properties of events, attributes, and where consent was given are not" in each.why
