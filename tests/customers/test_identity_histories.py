"""Whatever is told and done, in whatever order: who is one person follows from it, and no two share an identity."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from switchboard.accounts import tenants
from switchboard.customers import people
from switchboard.customers.contact import Contact
from switchboard.customers.identities import operations, rules
from switchboard.customers.identities.records import (
    Kind,
    LimitAsked,
    MergeAsked,
    MergesAsked,
    UnmergeAsked,
    VerifyAsked,
)
from switchboard.customers.identities.rules import Edge
from switchboard.customers.records import Import
from switchboard.customers.store import imports
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotFound
from switchboard.foundation.ground import Ground
from tests.shop import Rows, Shop, as_owner, open_shop, orders, rows

pytestmark = pytest.mark.slow

MOST = 3  # who may share an identity, so that few are enough to be too many
CUSTOMERS = tuple(f"c{n}" for n in range(6))
KINDS: tuple[Kind, ...] = ("email", "phone")
ADDRESSES: dict[Kind, tuple[str, str]] = {
    "email": ("a@x.example", "b@x.example"),
    "phone": ("+491701234567", "+491701234568"),
}
HISTORIES = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=(HealthCheck.too_slow,),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
Address = tuple[Kind, str]  # kind, and as it is written


@dataclass(frozen=True)
class Line:
    """A line of a file: a customer, how they are reached, and whether that is verified."""

    customer: str
    email: str
    phone: str
    email_verified: bool
    phone_verified: bool

    @property
    def told(self) -> list[tuple[Address, bool]]:
        given: list[tuple[Address, bool]] = [
            (("email", self.email), self.email_verified),
            (("phone", self.phone), self.phone_verified),
        ]
        return [(address, verified) for address, verified in given if address[1]]


@dataclass(frozen=True)
class Step:
    """Something that is done: `what` says to which of those there are, by number."""

    act: str
    first: int
    second: int


lines = st.builds(
    Line,
    customer=st.sampled_from(CUSTOMERS),
    email=st.sampled_from(("", *ADDRESSES["email"])),
    phone=st.sampled_from(("", *ADDRESSES["phone"])),
    email_verified=st.booleans(),
    phone_verified=st.booleans(),
)
files = st.lists(lines, min_size=1, max_size=4, unique_by=lambda line: line.customer)
acts = st.builds(
    Step,
    act=st.sampled_from(("merge", "unmerge", "take out", "verify", "undo", "there and back")),
    first=st.integers(0, 5),
    second=st.integers(0, 5),
)


@dataclass
class World:
    """What was told and done so far; who is one person follows from it."""

    files: dict[Any, Sequence[Line]] = field(default_factory=dict[Any, Sequence[Line]])
    verified: list[tuple[str, Address]] = field(default_factory=list[tuple[str, Address]])
    contested: set[tuple[str, Address]] = field(default_factory=set[tuple[str, Address]])
    by_hand: dict[Any, tuple[str, str]] = field(default_factory=dict[Any, tuple[str, str]])

    def claims(self) -> dict[Address, dict[str, bool]]:
        """Whose each address is said to be, and whether it is verified."""
        found: dict[Address, dict[str, bool]] = {}
        told = [(line.customer, *each) for file in self.files.values() for line in file for each in line.told]
        for customer, address, verified in [*told, *((who, what, True) for who, what in self.verified)]:
            if (customer, address) not in self.contested:
                of = found.setdefault(address, {})
                of[customer] = of.get(customer, False) or verified
        return found

    def groups(self) -> set[frozenset[str]]:
        """The people: customers whom verified identities or hands connect."""
        groups = [{customer} for customer in CUSTOMERS]
        pairs = list(self.by_hand.values())
        for of in self.claims().values():
            if len(of) <= MOST:
                pairs += combinations(sorted(who for who, verified in of.items() if verified), 2)
        for first, second in pairs:
            one = next(group for group in groups if first in group)
            other = next(group for group in groups if second in group)
            if one is not other:
                groups.remove(other)
                one |= other
        return {frozenset(group) for group in groups}


@dataclass
class Told:
    """A shop, and the world it should be in."""

    shop: Shop
    server: Embedded
    world: World = field(default_factory=World)
    imports: list[Import] = field(default_factory=list[Import])
    hashes: dict[str, Address] = field(default_factory=dict[str, Address])

    async def bring(self, file: Sequence[Line]) -> None:
        """A file comes in."""
        text = "customer_id,email,phone,email_verified,phone_verified\n" + "".join(
            f"{each.customer},{each.email},{each.phone},{each.email_verified},{each.phone_verified}\n" for each in file
        )
        self.imports.append(await self.shop.bring(text, "customers"))
        self.world.files[self.imports[-1].import_id] = file

    async def tell(self, file: Sequence[Line]) -> None:
        """The same of customers who are there, without a file."""
        said = {
            each.customer: people.Told(
                contact=Contact(email=each.email or None, phone=each.phone or None),
                verified=frozenset(address[0] for address, verified in each.told if verified),
            )
            for each in file
        }
        told_by = self.shop.ground.ids()
        async with self.shop.ground.work(self.shop.caller) as work:
            await imports.lock(work)
            await people.keep_told(work, said, told_by)
        self.world.files[told_by] = file

    async def do(self, step: Step) -> None:
        """Do it, where it can be done."""
        first, second = CUSTOMERS[step.first], CUSTOMERS[step.second]
        if step.act in {"merge", "there and back"} and first != second:
            before = self.stored()
            merged = await self.merge(first, second)
            if merged is not None and step.act == "there and back":
                await self.unmerge(merge_id=merged)
                assert self.stored() == before
        elif step.act == "unmerge":
            asked = MergesAsked(limit=1_000)
            told = await operations.merges(self.shop.ground, self.shop.caller, asked, door="test")
            there = [each for each in reversed(told.merges) if each.undone_at is None]
            if there:
                await self.unmerge(merge_id=there[step.first % len(there)].merge_id)
        elif step.act == "take out":
            await self.unmerge(customer_id=first)
        elif step.act == "verify":
            kind = KINDS[step.second % 2]
            await self.verify(first, (kind, ADDRESSES[kind][step.second // 2 % 2]))
        elif step.act == "undo" and self.imports:
            undone = self.imports.pop(step.first % len(self.imports))
            await self.shop.undo(undone)
            del self.world.files[undone.import_id]

    async def merge(self, first: str, second: str) -> Any:
        asked = MergeAsked(customer_id=first, other_id=second)
        try:
            merged = await operations.merge(self.shop.ground, self.shop.caller, asked, door="test")
        except Conflict:
            assert any({first, second} <= group for group in self.world.groups())
            return None
        self.world.by_hand[merged.merge_id] = (first, second)
        return merged.merge_id

    async def unmerge(self, **asked: Any) -> None:
        owned = self.owned()
        try:
            undone = await operations.unmerge(
                self.shop.ground, self.shop.caller, UnmergeAsked.model_validate(asked), door="test"
            )
        except Conflict:
            return
        for merge_id in undone.undone:
            if self.world.by_hand.pop(merge_id, None) is None:
                self.world.contested.add((undone.customer_id, owned[merge_id]))

    async def verify(self, customer: str, address: Address) -> None:
        asked = VerifyAsked.model_validate({"customer_id": customer, "kind": address[0], "value": address[1]})
        try:
            await operations.verify_identity(self.shop.ground, self.shop.caller, asked, door="test")
        except NotFound:
            return
        self.world.verified.append((customer, address))
        self.world.contested.discard((customer, address))

    def owned(self) -> dict[Any, Address]:
        """By which address each merge was made that is not undone."""
        with as_owner(self.server) as owner:
            found = rows(owner, HASHES, self.shop.workspace.id)
        return {row[0]: self.hashes[str(row[1])] for row in found}

    def stored(self) -> Rows:
        """The people as they are found, listed and one with each other."""
        with as_owner(self.server) as owner:
            return rows(owner, PEOPLE, self.shop.workspace.id)

    def groups(self) -> set[frozenset[str]]:
        """Who is one by the store."""
        with as_owner(self.server) as owner:
            found = rows(owner, GROUPS, self.shop.workspace.id)
        return {frozenset(str(row[0]).split()) for row in found}


PEOPLE = """
select p.customer_id, r.customer_id, p.words, p.last_order_at::text, p.country from person p
left join person r on r.person_key = p.merged_into where p.workspace_id = %s order by 1
"""
GROUPS = """
select string_agg(customer_id, ' ') from person where workspace_id = %s group by coalesce(merged_into, person_key)
"""
HASHES = "select id, encode(hash, 'hex') from merge where workspace_id = %s and hash is not null and undone_at is null"


async def begin(ground: Ground, server: Embedded) -> Told:
    """A shop of customers of whom nothing is told yet but an order each."""
    shop = await open_shop(ground)
    await shop.bring(orders(*(f"o{c},{c},2024-03-0{n + 1}T10:00,p1,,,1,1,," for n, c in enumerate(CUSTOMERS))))
    await operations.set_identity_limit(ground, shop.caller, LimitAsked(people=MOST), door="test")
    told = Told(shop=shop, server=server)
    async with ground.work(shop.caller) as work:
        key = await tenants.data_key(work)
    told.hashes = {rules.hashed(key, kind, each).hex(): (kind, each) for kind in KINDS for each in ADDRESSES[kind]}
    return told


@pytest.mark.heavy
@HISTORIES
@given(steps=st.lists(st.one_of(files, files, acts), min_size=4, max_size=9))
async def test_who_is_one_person_follows_from_what_was_told_and_done(
    ground: Ground, server: Embedded, steps: list[list[Line] | Step]
):
    told = await begin(ground, server)
    for step in steps:
        await (told.do(step) if isinstance(step, Step) else told.bring(step))
        assert told.groups() == told.world.groups(), step


@pytest.mark.heavy
@HISTORIES
@given(
    data=st.data(), came=st.lists(files, min_size=2, max_size=4), pairs=st.lists(st.permutations(CUSTOMERS), max_size=2)
)
async def test_the_order_in_which_facts_arrive_changes_nothing(
    ground: Ground, server: Embedded, data: st.DataObject, came: list[list[Line]], pairs: list[list[str]]
):
    found = list[set[frozenset[str]]]()
    facts = [*came, *((pair[0], pair[1]) for pair in pairs)]
    for order in (facts, data.draw(st.permutations(facts))):
        told = await begin(ground, server)
        for fact in order:
            await (told.merge(*fact) if isinstance(fact, tuple) else told.tell(fact))
        found.append(told.groups())
        assert found[-1] == told.world.groups()
    assert found[0] == found[1]


connected = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] != pair[1]), max_size=9
)


@given(people=st.frozensets(st.integers(1, 9)), there=connected)
def test_the_pairs_that_are_missing_connect_all_and_no_more(people: frozenset[int], there: list[tuple[int, int]]):
    edges = [Edge(person=min(pair), other=max(pair)) for pair in there]
    added = rules.missing(people, edges)
    within = [edge for edge in edges if {edge.person, edge.other} <= people]
    assert len(rules.components(people, within)) == len(added) + bool(people)
    made = [Edge(person=first, other=second) for first, second in added]
    assert len(rules.components(people, [*within, *made])) == bool(people)
    assert all(first < second and {first, second} <= people for first, second in added)


@given(there=connected, order=st.randoms(use_true_random=False))
def test_who_survives_does_not_depend_on_the_order_of_merges(there: list[tuple[int, int]], order: Any):
    edges = [Edge(person=first, other=second, number=n) for n, (first, second) in enumerate(there)]
    before = rules.merged_into(range(1, 10), edges)
    order.shuffle(edges)
    assert rules.merged_into(range(1, 10), edges) == before
    assert all(root is None or (before[root] is None and root < person) for person, root in before.items())


def mailed(number: int, *, verified: bool) -> Line:
    """One of twelve customers, each four of whom have the same e-mail."""
    return Line(f"c{number}", f"m{number % 3}@x.example", "", email_verified=verified, phone_verified=False)


async def act(told: Told, turn: int, first: int, second: int) -> None:
    """One of four things, by turns."""
    ground, caller, customer = told.shop.ground, told.shop.caller, f"c{first}"
    if turn % 4 == 0:
        await operations.merge(ground, caller, MergeAsked(customer_id=customer, other_id=f"c{second}"), door="test")
    elif turn % 4 == 1:
        verify = VerifyAsked(customer_id=customer, kind="email", value=mailed(first, verified=True).email)
        await operations.verify_identity(ground, caller, verify, door="test")
    elif turn % 4 == 2:
        await operations.unmerge(ground, caller, UnmergeAsked(customer_id=customer), door="test")
    else:
        await told.bring([mailed(second, verified=True)])


@pytest.mark.parametrize("seed", range(3))
async def test_four_at_once_do_not_block_each_other_nor_leave_two_of_one_identity(
    ground: Ground, server: Embedded, seed: int
):
    told = Told(shop=await open_shop(ground), server=server)
    await told.bring([mailed(n, verified=False) for n in range(12)])

    async def at_work(number: int) -> None:
        for step in range(6):
            with contextlib.suppress(Conflict, Invalid):
                await act(told, number + step + seed, (number * 3 + step) % 12, (step * 5 + number + seed) % 12)

    await asyncio.gather(*(at_work(number) for number in range(4)))
    with as_owner(server) as owner:
        assert rows(owner, TWO_OF_ONE, told.shop.workspace.id, told.shop.workspace.id) == []
        assert rows(owner, CHAINS, told.shop.workspace.id) == []


TWO_OF_ONE = """
select i.hash from identity i join person p using (person_key) where i.workspace_id = %s and i.verified
    and not exists (select from contested c where c.person_key = i.person_key and c.hash = i.hash)
    and (select count(distinct o.person_key) from identity o where o.hash = i.hash and o.workspace_id = %s
        and not exists (select from contested c where c.person_key = o.person_key and c.hash = o.hash)) <= 10
group by i.hash having count(distinct coalesce(p.merged_into, p.person_key)) > 1
"""
CHAINS = """
select p.person_key from person p join person r on r.person_key = p.merged_into
where p.workspace_id = %s and r.merged_into is not null
"""
