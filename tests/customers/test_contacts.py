"""Contact data: sealed wherever it lies, found by what a searcher knows, masked for whoever may not see it."""

import base64
import re

import pytest

from switchboard.customers import profiles, search
from switchboard.customers.operations import preview_import
from switchboard.customers.records import ImportRequest
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import NotFound
from switchboard.foundation.ground import Ground
from switchboard.intelligence.mirror_files import folder_of
from switchboard.intelligence.operations.customers import profile
from switchboard.intelligence.operations.customers import search as search_customers
from switchboard.intelligence.records import CustomerAsked, SearchAsked
from tests.shop import Shop, as_owner, as_role, open_shop, orders, rows

pytestmark = pytest.mark.slow

PEOPLE = (
    "customer_id,email,name,phone,street,city,postal_code,country,tier\n"
    "c1,Zoe.Quarz@wonderbar.example,Zoë Quarzschläger,+49 30 98765432,Nebelhornpfad 7,Ulm,89073,DE,gold\n"
    "c2,ida.waldvogel@wonderbar.example,Ida Quill,040 5551234,,,,DE,silver\n"
)
SECRETS = (
    "zoe.quarz", "wonderbar", "quarzschläger", "98765432", "nebelhornpfad", "ida.wald", "quill", "5551234", "kobold",
)  # fmt: skip
TABLES = """select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1"""


@pytest.fixture(scope="module")
async def contacts(ground: Ground) -> Shop:
    """A shop of two people with contacts."""
    shop = await open_shop(ground)
    await shop.bring(PEOPLE, "customers")
    return shop


async def found(shop: Shop, text: str, role: str = "marketer") -> list[str]:
    async with shop.ground.work(as_role(shop, role)) as work:
        page = await search.search(work, text, None, None, 10)
    assert page.total == len(page.people)
    return sorted(each.customer_id for each in page.people)


def leaks(server: Embedded, secrets: tuple[str, ...]) -> list[tuple[str, str]]:
    """Where in all tables one of the secrets stands: plain, in hex or in base 64."""
    written = {
        form: secret
        for secret in secrets
        for form in (secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=").lower())
    }
    any_of_them = "|".join(map(re.escape, written))
    hits: list[tuple[str, str]] = []
    with as_owner(server) as owner:
        for (table,) in rows(owner, TABLES):
            asked = f"select told from (select lower(t::text) from {table} t) t (told) where told ~ %s"
            for (row,) in rows(owner, asked, any_of_them):
                hits += [(str(table), secret) for form, secret in written.items() if form in str(row)]
    return hits


@pytest.mark.heavy
async def test_no_table_holds_a_contact_in_the_clear(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    await shop.bring(PEOPLE, "customers")
    await shop.bring(PEOPLE.replace("Nebelhornpfad 7", "Nebelhornpfad 8"), "customers")
    undone = await shop.bring("customer_id,name\nc1,Kobold\n", "customers")
    await shop.undo(undone)
    header = "order_id,customer_id,placed_at,unit_price,email,name,phone\n"
    await shop.bring(header + "o1,c1,2024-03-01T10:00,10,zoe.quarz@wonderbar.example,Zoe Kobold,030 98765432\n")
    await shop.bring(header + "o1,c1,2024-03-01T10:00,11,zoe.quarz@wonderbar.example,Zoe Kobold,030 98765432\n")
    await shop.bring("customer_id,placed_at,unit_price\nida.waldvogel@wonderbar.example,2024-03-01T10:00,10\n")
    await shop.bring("email,name\nkobold@wonderbar.example,Kobold\n", "customers", source="list")
    await shop.bring("email,kind,at\nida.waldvogel@wonderbar.example,opened,2024-03-01T10:00:00Z\n", "events")
    await shop.segment()
    await profile(ground, shop.caller, CustomerAsked(customer_id="ida.waldvogel@wonderbar.example"), door="test")
    await search_customers(ground, shop.caller, SearchAsked(text="Quarzschläger"), door="test")
    assert leaks(server, ("gold",)) != []  # the search itself finds what is there
    assert leaks(server, SECRETS) == []
    mirrored = b"".join(path.read_bytes() for path in folder_of(ground.data_dir, shop.workspace.id).glob("copy-*"))
    assert [secret for secret in SECRETS if secret.encode() in mirrored.lower()] == []


@pytest.mark.heavy
async def test_a_preview_leaves_nothing(ground: Ground, server: Embedded):
    shop = await open_shop(ground)
    asked = ImportRequest(upload_id=await shop.upload(PEOPLE), kind="customers")
    shown = await preview_import(ground, shop.caller, asked, door="test")
    assert "Ida Quill" in shown.rows[1]
    assert leaks(server, SECRETS) == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("zoe.quarz@WONDERBAR.example", ["c1"]),
        ("@wonderbar.example", ["c1", "c2"]),
        ("+49 30 98765432", ["c1"]),
        ("5432", ["c1"]),
        ("5551234", ["c2"]),
        ("Quarzschläger", ["c1"]),
        ("quarzschlager", ["c1"]),
        ("zo", ["c1"]),
        ("ZOE qua", ["c1"]),
        ("qu", ["c1", "c2"]),
        ("nebel", ["c1"]),
        ("c1", ["c1"]),
        ("c", ["c1", "c2"]),
        ("Zoe Quill", []),
        ("q", []),
        ("%", []),
    ],
)
async def test_people_are_found_by_what_one_knows_of_them(contacts: Shop, text: str, who: list[str]):
    assert await found(contacts, text) == who


@pytest.mark.parametrize("text", ["zoe.quarz@wonderbar.example", "@wonderbar.example", "5432", "zo", "c"])
async def test_who_may_not_see_contacts_does_not_find_by_them(contacts: Shop, text: str):
    assert await found(contacts, text, "analyst") == []


async def test_who_may_not_see_contacts_finds_a_whole_id(contacts: Shop):
    assert await found(contacts, "c2", "analyst") == ["c2"]


async def test_a_contact_is_shown_whole_or_masked(contacts: Shop):
    async with contacts.ground.work(as_role(contacts, "support")) as work:
        seen = (await profiles.find(work, "c1")).contact
    async with contacts.ground.work(as_role(contacts, "agent")) as work:
        masked = (await profiles.find(work, "c1")).contact
    assert seen is not None
    assert (seen.name, seen.email) == ("Zoë Quarzschläger", "Zoe.Quarz@wonderbar.example")
    assert masked is not None
    assert (masked.name, masked.email, masked.phone) == ("Z••• Q•••", "Z•••@w•••.example", "•••32")
    assert (masked.street, masked.postal_code) == ("N••• 7•••", "•••")


async def test_an_e_mail_that_stands_in_for_an_id_is_found_but_not_shown(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring("customer_id,placed_at,unit_price\nida.waldvogel@wonderbar.example,2024-03-01T10:00,10\n")
    await shop.bring("email,name\nIda.Waldvogel@wonderbar.example,Ida Quill\n", "customers")
    async with ground.work(as_role(shop, "agent")) as work:
        one = await profiles.find(work, "ida.waldvogel@wonderbar.example")
    assert one.customer_id.startswith("e-")
    assert one.contact is not None
    assert (one.contact.email, one.contact.name) == ("I•••@w•••.example", "I••• Q•••")
    assert len(one.orders) == 1
    assert await found(shop, "IDA.Waldvogel@wonderbar.example", "agent") == [one.customer_id]
    assert await found(shop, "quill") == [one.customer_id]
    async with ground.work(as_role(shop, "agent")) as work:
        assert (await profiles.find(work, one.customer_id)).key == one.key


async def test_news_of_a_person_wins_where_it_says_something(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(PEOPLE, "customers")
    await shop.bring("customer_id,name,phone\nc2,Ida Kobold,\n", "customers")
    async with ground.work(shop.caller) as work:
        said = (await profiles.find(work, "c2")).contact
    assert said is not None
    assert (said.name, said.phone, said.email) == ("Ida Kobold", "040 5551234", "ida.waldvogel@wonderbar.example")
    assert await found(shop, "quill") == []
    assert await found(shop, "kobold") == ["c2"]


async def test_ids_that_begin_alike_come_in_pages(ground: Ground):
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{n},x{n:02},2024-03-01T10:00,p1,,,1,4,," for n in range(25))))
    got: list[str] = []
    cursor = None
    while True:
        async with ground.work(shop.caller) as work:
            page = await search.search(work, "x", None, cursor, 10)
        assert page.total == 25
        got += [each.customer_id for each in page.people]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert got == [f"x{n:02}" for n in range(25)]


async def test_people_who_never_ordered_come_in_pages_without_gaps(ground: Ground):
    shop = await open_shop(ground)
    lines = "".join(f"n{n:02},Kobold {n}\n" for n in range(25))
    await shop.bring("customer_id,name\n" + lines, "customers")
    got: list[str] = []
    cursor = None
    while True:
        async with ground.work(shop.caller) as work:
            page = await search.search(work, "kobold", None, cursor, 10)
        got += [each.customer_id for each in page.people]
        assert all(each.last_order_at is None for each in page.people)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(got) == [f"n{n:02}" for n in range(25)]


async def test_nobody_of_an_id_is_said_so(contacts: Shop):
    with pytest.raises(NotFound, match="'c77'; find them with search_customers"):
        async with contacts.ground.work(contacts.caller) as work:
            await profiles.find(work, "c77")


async def test_a_beginning_of_another_word_of_the_text_asks_for_nothing_more(contacts: Shop):
    assert await found(contacts, "ida quill") == await found(contacts, "i qu ida quill") == ["c2"]
    assert await found(contacts, "quarzschläge zoe") == []  # it is longer than beginnings are: a word as a whole
    assert await found(contacts, "quarzschläger quarz zoe") == ["c1"]
