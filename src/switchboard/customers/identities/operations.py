"""What callers can do about who is one person."""

from switchboard.accounts import audit, tenants
from switchboard.customers import contact, groups
from switchboard.customers.contact import masked_email
from switchboard.customers.identities import merging, noting, records, rules
from switchboard.customers.identities.noting import connect, note
from switchboard.customers.identities.records import Kind
from switchboard.customers.identities.rules import Fact
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import identities as store
from switchboard.foundation.errors import Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by

SEE_LISTS = "customers:search"


@operation("customers.preview_merge", title="Preview a merge", permission="customers:read", reads=True)
async def preview_merge(work: Work, asked: records.MergeAsked) -> records.MergePreview:
    """What two customers would be as one person: ids, orders, value, contact, consent, and what they differ in."""
    await audit.about(work, asked.customer_id)
    await audit.about(work, asked.other_id)
    return await merging.preview(
        work, await merging.pair(work, asked.customer_id, asked.other_id, asked.survivor)
    )  # fmt: skip


@operation(
    "customers.merge",
    title="Merge two customers",
    permission="customers:merge",
    undo=undone_by("customers.unmerge", "with the merge_id"),
    needs_approval=True,
)
async def merge(work: Work, asked: records.MergeAsked) -> records.Merged:
    """Make two customers one person. All ids go on leading to that person; nothing is moved, so it can be undone."""
    await audit.about(work, asked.customer_id)
    await audit.about(work, asked.other_id)
    await store.hold(work)
    of = await merging.pair(work, asked.customer_id, asked.other_id, asked.survivor)
    merge_id = await merging.merge(work, of)
    ids = await _ids(work, of.first)
    return records.Merged(merge_id=merge_id, customer_id=ids[0], customer_ids=ids)


@operation(
    "customers.unmerge",
    title="Undo a merge",
    permission="customers:merge",
    undo=undone_by("customers.merge", "of the same two"),
)
async def unmerge(work: Work, asked: records.UnmergeAsked) -> records.Unmerged:
    """Undo one merge, or take a customer out of all theirs: everything is again as if it had never been made.

    Where a verified identity made two customers one, it is taken from one of them and merges them no more.
    """
    if asked.customer_id is not None:
        await audit.about(work, asked.customer_id)
    await store.hold(work)
    if asked.merge_id is not None:
        return await merging.undo(work, asked.merge_id, asked.customer_id)
    if asked.customer_id is None:
        raise Invalid("merge_id: name a merge of customers.merges, or a customer_id to take out", field="merge_id")
    return await merging.take_out(work, asked.customer_id)


@operation("customers.merges", title="Merges", permission="customers:read", reads=True)
async def merges(work: Work, asked: records.MergesAsked) -> records.Merges:
    """Which customers were found to be one person, why, and what was undone; of one customer, or of all."""
    people = None
    if asked.customer_id is not None:
        await audit.about(work, asked.customer_id)
        person = await merging.person(work, await asked_as(work, asked.customer_id))
        people = await groups.of(work, person["person_key"])
    elif not work.caller.may(SEE_LISTS):
        raise NotAllowed(f"the merges of all need the permission {SEE_LISTS}; name a customer_id")
    rows = await store.history(work, people, asked.cursor, asked.limit + 1)
    return records.Merges(
        merges=tuple(
            records.Merge(
                merge_id=row["id"], customer_id=row["customer_id"], other_id=row["other_id"],
                why=row["kind"] or "by_hand", made_at=row["made_at"], made_by=row["made_by"],
                undone_at=row["undone_at"], undone_by=row["undone_by"],
            )
            for row in rows[: asked.limit]
        ),
        next_cursor=rows[asked.limit - 1]["number"] if len(rows) > asked.limit else None,
    )  # fmt: skip


@operation("customers.merge_suggestions", title="Suggested merges", permission=SEE_LISTS, reads=True)
async def merge_suggestions(work: Work, asked: records.SuggestionsAsked) -> records.Suggestions:
    """Customers with the same e-mail or phone that is not verified of all of them: maybe one person."""
    at_most = await store.limit_of(work)
    after = None if asked.cursor is None else bytes.fromhex(asked.cursor)
    found = await store.shared(work, after, at_most, asked.limit + 1)
    shown = found[: asked.limit]
    people, kinds = dict[bytes, dict[int, bool]](), dict[bytes, Kind]()
    for row in await store.claims(work, shown, at_most):
        people.setdefault(row["hash"], {})[row["person_key"]] = row["verified"]
        kinds[row["hash"]] = row["kind"]
    ids = {row["person_key"]: row["customer_id"] for row in await store.own(work, _keys(people))}
    return records.Suggestions(
        suggestions=tuple(
            records.Suggestion(
                why=kinds[each],
                customer_ids=tuple(ids[person] for person in people[each]),
                verified_of=tuple(ids[person] for person, verified in people[each].items() if verified),
            )
            for each in shown
        ),
        shared_by_most=at_most,
        next_cursor=shown[-1].hex() if len(found) > asked.limit else None,
    )


@operation("customers.identities", title="A customer's identities", permission="customers:read", reads=True)
async def identities(work: Work, asked: records.IdentitiesAsked) -> records.Identities:
    """What identifies a customer: ids, e-mails and phones, which are verified, and which are shared by too many."""
    await audit.about(work, asked.customer_id)
    person = await merging.person(work, await asked_as(work, asked.customer_id))
    ids = await _ids(work, person["person_key"])
    people = await groups.of(work, person["person_key"])
    rows, at_most = await store.known(work, people), await store.limit_of(work)
    claims = dict[bytes, dict[int, bool]]()
    for row in await store.claims(work, {row["hash"] for row in rows}, at_most + 1):
        claims.setdefault(row["hash"], {})[row["person_key"]] = row["verified"]
    values, unplaced = await _values(work, people)
    may_see, named = work.caller.may(SEE_CONTACT), dict(zip(people, ids, strict=True))
    return records.Identities(
        customer_id=ids[0],
        external_ids=ids,
        identities=tuple(
            records.Identity(
                kind=row["kind"],
                value=_shown(row["kind"], values.get(row["hash"]), may_see=may_see),
                customer_id=named[row["person_key"]],
                verified=row["verified"],
                theirs=not row["contested"],
                shared_by=len(claims.get(row["hash"], ())),
                identifies=row["verified"] and not row["contested"] and len(claims[row["hash"]]) <= at_most,
                since=row["since"],
            )
            for row in rows
        ),
        unplaced_phones=unplaced,
        shared_by_most=at_most,
    )


@operation(
    "customers.verify_identity",
    title="Verify an identity",
    permission="customers:merge",
    undo=undone_by("customers.unmerge", "where it merged somebody; that it is verified stays"),
)
async def verify_identity(work: Work, asked: records.VerifyAsked) -> records.Verified:
    """Note that an e-mail or phone that a customer is told to have is theirs; who else has it verified is merged.

    One that an un-merge took from them is theirs again.
    """
    await audit.about(work, asked.customer_id)
    await store.hold(work)
    person = await merging.person(work, await asked_as(work, asked.customer_id))
    home = (await tenants.current(work)).country
    address = rules.plain(asked.kind, asked.value, None, home)
    if address is None:
        raise Invalid(f"value: {_wrong(asked.kind)}", field="value")
    hashed = rules.hashed(await tenants.data_key(work), asked.kind, address)
    key = person["person_key"]
    if hashed not in {row["hash"] for row in await store.known(work, [key])}:
        raise NotFound(f"this {asked.kind} was never told of customer {asked.customer_id!r}; import it first")
    await store.concede(work, key, hashed)
    fact = Fact(person_key=key, kind=asked.kind, hash=hashed, verified=True)
    await note(work, work.ground.ids(), [fact], "hand")
    ids, at_most = await _ids(work, key), await store.limit_of(work)
    shared_by = len(await store.claims(work, [hashed], at_most + 1))
    return records.Verified(
        customer_id=ids[0], customer_ids=ids, identifies=shared_by <= at_most, shared_by=shared_by
    )  # fmt: skip


@operation(
    "customers.set_identity_limit",
    title="Set who may share an identity",
    permission="workspace:manage",
    undo=undone_by("customers.set_identity_limit", "with the number before"),
)
async def set_identity_limit(work: Work, asked: records.LimitAsked) -> Nothing:
    """How many customers may share an e-mail or phone that still identifies; of more, it merges and suggests nobody."""
    await store.hold(work)
    before = await store.limit_of(work)
    await store.set_limit(work, asked.people)
    await connect(work, await store.shared_by_more(work, min(before, asked.people)))
    return Nothing()


async def _ids(work: Work, person: int) -> tuple[str, ...]:
    """The customer ids of all who are one with a person, the survivor's first."""
    ids = {row["person_key"]: row["customer_id"] for row in await store.circle(work, [person])}
    return tuple(ids[each] for each in await groups.of(work, person))


async def _values(work: Work, people: tuple[int, ...]) -> tuple[dict[bytes, str], int]:
    """The addresses behind hashes, from all that was told of these people; and how many phones are no identities."""
    finder, found, unplaced = await noting.finder(work), dict[bytes, str](), set[str]()
    for row in await store.told(work, people):
        of = contact.unseal(finder.key, row["person_key"], row["contact"])
        for kind, address in rules.told(of, row["country"], finder.home).items():
            if address is not None:
                found[rules.hashed(finder.key, kind, address)] = address
            elif kind == "phone":
                unplaced.add(of.phone or "")
    return found, len(unplaced)


def _shown(kind: Kind, value: str | None, *, may_see: bool) -> str | None:
    if value is None or may_see:
        return value
    return masked_email(value) if kind == "email" else "•••" + value[-2:]


def _wrong(kind: Kind) -> str:
    if kind == "email":
        return "this is no e-mail; write it as name@example.com"
    return "this can be no phone number; write it with its country, as in +49 170 1234567"


def _keys(people: dict[bytes, dict[int, bool]]) -> list[int]:
    return sorted({person for each in people.values() for person in each})
