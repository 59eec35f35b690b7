"""What leaves the house about people: everything of one for themselves, and contacts of those who may be contacted."""

import csv
import io
import json
import re

import pytest

from switchboard import house
from switchboard.accounts.operations import list_audit
from switchboard.accounts.records import AuditAsked
from switchboard.customers.consent.operations import record_consent
from switchboard.customers.consent.records import Statement
from switchboard.customers.erasure.operations import access_export
from switchboard.customers.erasure.records import Access, AccessAsked
from switchboard.customers.taking_out.operations import export_contacts
from switchboard.customers.taking_out.records import Contacts, ContactsAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from tests.customers.planted import Planted, leave_alone
from tests.shop import Shop, as_owner, as_role, open_shop, orders

pytestmark = pytest.mark.slow
DECLARED = house.DECLARED  # so that every room has declared what it holds
PEOPLE = """customer_id,name,email,phone
c1,Ann Quill,ann@planted.example,+49 170 1234567
c2,=HYPERLINK(1),bob@planted.example,
c3,Cy Stone,cy@planted.example,
c4,Di Hall,,
"""


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def held(shop: Shop, customer: str) -> Access:
    return await access_export(shop.ground, shop.caller, AccessAsked(customer_id=customer), door="test")


async def taken(shop: Shop, **more: object) -> Contacts:
    asked = {"customer_ids": ("c1", "c2", "c3", "c4", "c9"), "channel": "email", "purpose": "marketing"} | more
    return await export_contacts(shop.ground, shop.caller, ContactsAsked.model_validate(asked), door="test")


async def agree(shop: Shop, *customers: str) -> None:
    for customer in customers:
        said = {"customer_id": customer, "channel": "email", "purpose": "marketing", "state": "given", "source": "t"}
        await record_consent(shop.ground, shop.caller, Statement.model_validate(said), door="test")


async def test_everything_that_is_held_of_a_person_is_told_to_them(shop: Shop):
    planted = Planted()
    await planted.bring_all(shop)
    await shop.segment()
    found = await held(shop, planted.who)
    told = {each.place: each.entries for each in found.places}
    assert set(told) == {
        "orders", "earlier orders", "events", "repeated events", "figures", "segments", "consent", "told", "person",
        "audit trail", "identities",
    }  # fmt: skip
    person = told["person"][0]
    assert person["contact"] == {
        "name": f"Zeb {planted.word.capitalize()}", "email": planted.mail, "city": "Nowhere", "postal_code": "99999",
        "phone": f"+49 {planted.digits[:4]} {planted.digits[4:]}", "street": f"{planted.word} Lane 4711",
    }  # fmt: skip
    assert person["attributes"] == {"favourite": f"{planted.word}attribute"}
    assert [(each["order_id"], each["gross"]) for each in told["orders"]] == [
        (f"{planted.word}-o1", "18"), (f"{planted.word}-o2", "21"),
    ]  # fmt: skip
    assert told["consent"][0]["proof"] == {"form": f"{planted.word}proof"}
    assert sorted(str(each["kind"]) for each in told["events"]) == ["asked", "opened"]
    assert "recency_days" in str(told["segments"][0]["features"])
    assert told["figures"][0]["lifetime_value"] == "39"
    assert not {"changed", "run"} & {name for entries in told.values() for entry in entries for name in entry}
    assert not any(each.more for each in found.places)
    json.loads(found.model_dump_json())


async def test_who_never_ordered_has_no_last_order(shop: Shop):
    await shop.bring(PEOPLE, "customers")
    found = await held(shop, "c1")
    assert next(each for each in found.places if each.place == "person").entries[0]["last_order_at"] is None
    assert not re.search(r"\b0001\b", found.page)  # the year; a fraction of a second may begin so


async def test_a_place_with_more_than_an_answer_carries_is_told_in_pages(shop: Shop, server: Embedded):
    await shop.bring(PEOPLE, "customers")
    with as_owner(server) as owner:
        owner.execute(
            "insert into activity (workspace_id, identity, person_key, kind, at, import_id)"
            " select p.workspace_id, 'e' || n, p.person_key, 'seen', now(), p.import_id"
            " from person p, generate_series(1, 20001) n where p.workspace_id = %s and p.customer_id = 'c1'",
            (shop.workspace.id,),
        )
    found = await held(shop, "c1")
    first = next(each for each in found.places if each.place == "events")
    assert (len(first.entries), first.more, first.next_after) == (20_000, True, 20_000)
    assert "for place events after 20000" in found.page
    asked = AccessAsked.model_validate({"customer_id": "c1", "place": "events", "after": first.next_after})
    (rest,) = (await access_export(shop.ground, shop.caller, asked, door="test")).places
    assert (len(rest.entries), rest.more, rest.next_after) == (1, False, None)
    assert len({str(each["identity"]) for each in (*first.entries, *rest.entries)}) == 20_001
    for wrong in ({"after": 1}, {"place": "attic"}):
        asked = AccessAsked.model_validate({"customer_id": "c1", **wrong})
        with pytest.raises(Invalid, match="place"):
            await access_export(shop.ground, shop.caller, asked, door="test")


async def test_the_page_reads_as_people_write(ground: Ground):
    shop = await open_shop(ground, zone="Europe/Berlin")
    await shop.bring(orders("o1,c1,2026-03-01T10:00,p1,Green Tea,,2,1250.5,0.5,3", "o1,c1,2026-03-01T10:00,p2,,,1,4,,"))
    await shop.bring(PEOPLE, "customers")
    await agree(shop, "c1")
    await shop.segment()
    page = (await held(shop, "c1")).page
    for said in (
        "All times are those of Europe/Berlin", "1 March 2026, 10:00", "2,505.00", "<td>marketing</td>",
        "2 × Green Tea, 1,250.50 each, 0.50 off, 3.00 given back<br>1 × p2, 4.00 each",  # noqa: RUF001
        "<dt>name</dt><dd>Ann Quill</dd>", "<td>Record consent</td>",
        "<td>what people opened, clicked, asked</td><td>760 days</td>",
        "<td>orders, refunds and their lines</td><td>until it is erased</td>", "You can ask shop ",
    ):  # fmt: skip
        assert said in page, said
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles[:3] == ["Who you are", "What you said of being contacted", "Your orders"]
    assert titles[-2:] == ["How long it is kept", "What you can ask for"]
    assert not re.search(r"\d{4}-\d\d-\d\dT|True|False|None", page)


async def test_the_page_has_all_of_it_escaped_and_no_script(shop: Shop):
    await shop.bring(
        'customer_id,name,note\nc1,<script>alert(1)</script> & "Co",<img src=x onerror=y>\n', "customers"
    )  # fmt: skip
    page = (await held(shop, "c1")).page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Co&quot;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page


async def test_others_are_not_in_it(shop: Shop):
    await shop.bring(PEOPLE, "customers")
    said = (await held(shop, "c1")).model_dump_json()
    assert "ann@planted.example" in said
    assert "bob@planted.example" not in said
    with pytest.raises(NotFound):
        await held(shop, "c9")


@pytest.mark.parametrize("role", ["analyst", "support", "agent"])
async def test_who_may_not_see_contacts_or_export_takes_nothing_out(shop: Shop, role: str):
    await shop.bring(PEOPLE, "customers")
    caller = as_role(shop, role)
    with pytest.raises(NotAllowed):
        await access_export(shop.ground, caller, AccessAsked(customer_id="c1"), door="test")
    asked = ContactsAsked(customer_ids=("c1",), channel="email", purpose="transactional")
    with pytest.raises(NotAllowed):
        await export_contacts(shop.ground, caller, asked, door="test")


async def test_only_who_may_be_contacted_is_taken_out_and_others_are_counted(shop: Shop):
    await shop.bring(PEOPLE, "customers")
    await agree(shop, "c1", "c2", "c3", "c4")
    await leave_alone(shop, "cy@planted.example")
    found = await taken(shop)
    assert list(csv.reader(io.StringIO(found.content))) == [
        ["customer_id", "name", "address"], ["c1", "Ann Quill", "ann@planted.example"],
        ["c2", "'=HYPERLINK(1)", "bob@planted.example"],
    ]  # fmt: skip
    assert (found.exported, found.left_out) == (2, {"suppressed": 1, "no_address": 1, "unknown_customer": 1})
    line = await list_audit(shop.ground, shop.caller, AuditAsked(operation="customers.export_contacts"), door="test")
    assert line.lines[0].subject == "contacts:2"


async def test_the_purpose_that_is_stated_counts(shop: Shop):
    await shop.bring(PEOPLE, "customers")
    await agree(shop, "c1")
    assert (await taken(shop, purpose="research")).exported == 0
    lines = (await taken(shop, format="jsonl")).content.splitlines()
    assert [json.loads(each) for each in lines] == [
        {"customer_id": "c1", "name": "Ann Quill", "address": "ann@planted.example"}
    ]
    assert (await taken(shop, channel="phone", purpose="transactional")).content.count("\n") == 2
