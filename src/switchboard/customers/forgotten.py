"""Who was forgotten stays gone: what comes in leaves them out, by keyed hashes of their ids, e-mails and phones."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from switchboard.accounts import tenants
from switchboard.customers import wrong_rows
from switchboard.customers.imports.quarantine import cells_of, rows_in, without
from switchboard.customers.imports.records import Staged
from switchboard.customers.kept import Kept
from switchboard.customers.known_by import hash_of_id, hashes_asked
from switchboard.customers.places.countries import country_code
from switchboard.customers.scratch import scratch_of
from switchboard.customers.stand_ins import stand_in
from switchboard.customers.store import erasure as store
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

AT_ONCE = 20_000
Keep = Callable[[Work, Staged, str, UUID], Awaitable[Kept]]
Candidate = tuple[str | None, str | None, str | None, str | None]  # as a file has them: id, e-mail, phone, country
PEOPLE = {
    "orders": "select customer, email, phone, d.country from customer left join"
    " (select customer, max(country)::varchar as country from document group by customer) d using (customer)",
    "customers": "select coalesce(customer, email), email, phone, country from person",
    "events": "select distinct coalesce(customer, email), email, null, null from event",
}
LEAVE_OUT = {
    "orders": """
        create or replace temporary table theirs as select document_no from document
            where customer in (select id from left_out);
        create or replace temporary table lines_left as select count(*) as rows from marked
            where document_no in (select document_no from theirs);
        delete from marked where document_no in (select document_no from theirs);
        delete from document where document_no in (select document_no from theirs);
        delete from customer where customer in (select id from left_out)""",
    "customers": """
        create or replace temporary table theirs as select person_no from person
            where coalesce(customer, email) in (select id from left_out);
        create or replace temporary table lines_left as select count(*) as rows from theirs;
        delete from extra where person_no in (select person_no from theirs);
        delete from person where person_no in (select person_no from theirs)""",
    "events": """
        create or replace temporary table lines_left as select count(*) as rows from event
            where coalesce(customer, email) in (select id from left_out);
        delete from event where coalesce(customer, email) in (select id from left_out)""",
}


async def stays(work: Work) -> None:
    """Have nobody forgotten until this unit of work ends: for what takes people out of the database or brings them."""
    await store.hold_off(work)


def without_the_forgotten(keep: Keep) -> Keep:
    """Store what is staged, but for whom was forgotten: their rows are counted and left out."""

    @functools.wraps(keep)
    async def kept(work: Work, staged: Staged, prefix: str, import_id: UUID) -> Kept:
        await stays(work)
        if not await store.is_anybody_forgotten(work):
            return await keep(work, staged, prefix, import_id)
        left_out, rows = await _leave_out(work, staged, prefix)
        hidden = await _hide(work, staged, prefix)
        stored = await keep(work, left_out, prefix, import_id)
        return replace(stored, erased=rows, hidden=hidden)

    return kept


async def who(work: Work, candidates: Sequence[Candidate], prefix: str) -> set[int]:
    """The places of those who were forgotten.

    An id that was forgotten is one. An e-mail or a phone is, unless the id is of somebody who is there: who shares an
    address with somebody forgotten goes on being a customer.
    """
    key, home = await tenants.data_key(work), (await tenants.current(work)).country
    by_id, by_address = await asyncio.to_thread(_hashes, key, candidates, prefix, home)
    known = await _forgotten(work, {*by_id.values(), *(each for some in by_address.values() for each in some)})
    if not known:
        return set()
    found = {place for place, hashed in by_id.items() if hashed in known}
    doubtful = [place for place, some in by_address.items() if place not in found and not known.isdisjoint(some)]
    ids = {place: prefix + stand_in(key, str(candidates[place][0])) for place in doubtful if candidates[place][0]}
    there = await store.known_ids(work, list(ids.values()))
    return found | {place for place in doubtful if ids.get(place) not in there}


def _hashes(
    key: DataKey, candidates: Sequence[Candidate], prefix: str, home: str | None
) -> tuple[dict[int, bytes], dict[int, set[bytes]]]:
    by_id: dict[int, bytes] = {}
    by_address: dict[int, set[bytes]] = {}
    for place, (customer, email, phone, country) in enumerate(candidates):
        if customer:
            by_id[place] = hash_of_id(key, prefix + stand_in(key, customer))
        written = (email, phone, customer if customer and "@" in customer else None)
        some = (hashes_asked(key, each, (country_code(country or "") or home,)) for each in written if each)
        by_address[place] = set[bytes]().union(*some)
    return by_id, by_address


async def _forgotten(work: Work, hashes: Iterable[bytes]) -> set[bytes]:
    listed, found = list(hashes), set[bytes]()
    for begin in range(0, len(listed), AT_ONCE):
        found |= await store.forgotten(work, listed[begin : begin + AT_ONCE])
    return found


async def _leave_out(work: Work, staged: Staged, prefix: str) -> tuple[Staged, int]:
    """What is staged without the forgotten, and how many rows went."""
    scratch, kind = scratch_of(staged), staged.plan.kind
    rows = [tuple(None if each is None else str(each) for each in row) for row in await scratch.fetch(PEOPLE[kind])]
    candidates: list[Candidate] = [(row[0], row[1], row[2], row[3]) for row in rows]
    named = [candidates[place][0] for place in await who(work, candidates, prefix)]
    if not named:
        return staged, 0
    await scratch.keep_list("left_out", [str(each) for each in named])
    await scratch.run(LEAVE_OUT[kind])
    ((left,),) = await scratch.fetch("select rows from lines_left")
    gone = int(str(left))
    counts = staged.counts
    return replace(staged, counts=replace(counts, accepted=counts.accepted - gone)), gone


async def _hide(work: Work, staged: Staged, prefix: str) -> int:
    """Take rows that were wrong and are a forgotten person's out of the quarantine file; how many."""
    path, delimiter = staged.quarantine, staged.plan.delimiter
    if path is None:
        return 0
    key, sealed_with = await tenants.data_key(work), await wrong_rows.key_of(work)
    home = (await tenants.current(work)).country

    def cells(row: str) -> set[bytes]:
        written, found = list(cells_of(row, delimiter)), set[bytes]()
        countries = {home, *filter(country_code, written)}
        for cell in written:
            found.add(hash_of_id(key, prefix + stand_in(key, cell)))
            found |= hashes_asked(key, cell, countries)
        return found

    seen = await asyncio.to_thread(lambda: {hashed for row in rows_in(path, sealed_with) for hashed in cells(row)})
    known = await _forgotten(work, seen)
    if not known:
        return 0
    return await asyncio.to_thread(without, path, lambda row: not known.isdisjoint(cells(row)), sealed_with)
