"""What callers can do about consent."""

import json
from datetime import timedelta
from typing import Any

from switchboard.accounts import audit, tenants
from switchboard.customers import contact, groups
from switchboard.customers.cards import value_without_cards, without_cards
from switchboard.customers.consent import addresses
from switchboard.customers.consent.deciding import holding, verdicts
from switchboard.customers.consent.records import (
    Channel,
    History,
    HistoryAsked,
    Holding,
    MayContactAsked,
    Release,
    Said,
    Statement,
    StatementKept,
    Suppress,
    Suppressed,
    Suppressions,
    SuppressionsAsked,
    Verdicts,
)
from switchboard.customers.consent.rules import NOTHING_SAID
from switchboard.customers.events import AddressConfirmed
from switchboard.customers.masking import Known, known_of, masked_text
from switchboard.customers.profiles import SEE_CONTACT
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import consent as store
from switchboard.customers.store import identities as identities_store
from switchboard.foundation.errors import Invalid, NotFound
from switchboard.foundation.events import publish
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by
from switchboard.foundation.vault import DataKey, Place

MOST_PROOF = 20_000  # bytes
CLOCKS_DIFFER = timedelta(minutes=5)


@operation(
    "customers.record_consent",
    title="Record consent",
    permission="customers:consent",
    undo=undone_by("customers.record_consent", "with what was said before; both stay in the history"),
)
async def record_consent(work: Work, asked: Statement) -> StatementKept:
    """Keep what a person said of being contacted: yes, yes confirmed, asked to confirm, or no more.

    What was said last counts, whatever arrives first, and of two said at the same moment the withdrawal. Nothing is
    overwritten: all of it stays in the history.
    """
    await audit.about(work, asked.customer_id)
    at, proof = asked.at or work.now, json.dumps(value_without_cards(asked.proof), ensure_ascii=False).encode()
    if at > work.now + CLOCKS_DIFFER:
        raise Invalid(f"at: {at.isoformat()} is still to come; leave it out for now", field="at")
    if len(proof) > MOST_PROOF:
        raise Invalid(f"proof: {len(proof):,} bytes are more than {MOST_PROOF:,}; keep a link to it", field="proof")
    person = await store.hold(work, await asked_as(work, asked.customer_id))
    if person is None:
        raise _nobody(asked.customer_id)
    statement_id, key = work.ground.ids(), await tenants.data_key(work)
    sealed = key.seal(proof, _place(str(statement_id))) if asked.proof else None
    said = (asked.channel, asked.purpose, asked.state, min(at, work.now), *_texts(asked))
    kept = await store.add(work, statement_id, person, *said, asked.jurisdiction, sealed)
    if kept and asked.state == "confirmed":
        await publish(work, AddressConfirmed(statement_id=statement_id, person_key=person, channel=asked.channel))
    held = (await holding(work, [person], asked.channel, asked.purpose)).get(person, {})
    now = held.get((asked.channel, asked.purpose), NOTHING_SAID)
    return StatementKept(state=now.state, since=now.since, repeated=not kept)


@operation("customers.consent", title="A customer's consent", permission="customers:read", reads=True)
async def consent(work: Work, asked: HistoryAsked) -> History:
    """What a customer consents to now, and everything they ever said of it, with source, law and proof."""
    await audit.about(work, asked.customer_id)
    person, _ = await _person(work, asked.customer_id)
    key = await tenants.data_key(work)
    rows = await store.page(work, await groups.of(work, person), asked.cursor, asked.limit + 1)
    held = (await holding(work, [person])).get(person, {})
    hidden = None if work.caller.may(SEE_CONTACT) else known_of(await _contacts(work, key, person))
    return History(
        holding=tuple(
            Holding(channel=channel, purpose=purpose, state=of.state, since=of.since, jurisdiction=of.jurisdiction)
            for (channel, purpose), of in sorted(held.items())
        ),
        statements=tuple(_said(row, key, hidden) for row in rows[: asked.limit]),
        next_cursor=rows[asked.limit - 1]["number"] if len(rows) > asked.limit else None,
    )


@operation("customers.may_contact", title="May we contact them", permission="customers:read", reads=True)
async def may_contact(work: Work, asked: MayContactAsked) -> Verdicts:
    """Whether each of these customers may be contacted over a channel for a purpose now, and all that is against it.

    Consent must be given or confirmed, except for transactional messages; an address on the suppression list gets
    nothing at all.
    """
    if len(asked.customer_ids) == 1:
        await audit.about(work, asked.customer_ids[0])
    found = await verdicts(work, asked.customer_ids, asked.channel, asked.purpose)
    return Verdicts(verdicts=found, may_count=sum(each.may for each in found))


@operation(
    "customers.suppress",
    title="Suppress an address",
    permission="customers:consent",
    undo=undone_by("customers.release"),
)
async def suppress(work: Work, asked: Suppress) -> Suppressed:
    """Put an address on the suppression list: nothing is sent there any more, whoever it belongs to.

    Only its keyed hash is kept. An address that is on the list stays there as it is.
    """
    if (asked.address is None) == (asked.customer_id is None):
        raise Invalid("address: give an address or a customer_id, one of the two", field="address")
    key = await tenants.data_key(work)
    written = [asked.address or ""]
    if asked.customer_id is not None:
        await audit.about(work, asked.customer_id)
        written = await _written(work, key, asked.channel, asked.customer_id)
    hashes = list(dict.fromkeys(_hashed(key, asked.channel, each) for each in written))
    listed = [
        await store.suppress(work, asked.channel, each, asked.reason, without_cards(asked.source)) for each in hashes
    ]
    return _listed(listed[0])


@operation(
    "customers.release",
    title="Release an address",
    permission="customers:consent",
    undo=undone_by("customers.suppress", "with the same reason"),
)
async def release(work: Work, asked: Release) -> Nothing:
    """Take an address off the suppression list; what its owner consented to counts again."""
    if (asked.address is None) == (asked.id is None):
        raise Invalid("address: give an address or its id on the list, one of the two", field="address")
    key = await tenants.data_key(work)
    hashed = bytes.fromhex(asked.id) if asked.id else _hashed(key, asked.channel, asked.address or "")
    if not await store.release(work, asked.channel, hashed):
        raise NotFound("this address is not on the list; customers.suppressions shows what is")
    return Nothing()


@operation("customers.suppressions", title="Suppressed addresses", permission="customers:read", reads=True)
async def suppressions(work: Work, asked: SuppressionsAsked) -> Suppressions:
    """The suppression list of a channel, or one address of it: hashes with reason and source, never addresses."""
    only = None if asked.address is None else _hashed(await tenants.data_key(work), asked.channel, asked.address)
    after = None if asked.cursor is None else bytes.fromhex(asked.cursor)
    rows = await store.listed(work, asked.channel, only, after, asked.limit + 1)
    may_see = work.caller.may(SEE_CONTACT)
    shown = tuple(_listed(row, may_see=may_see) for row in rows[: asked.limit])
    return Suppressions(suppressed=shown, next_cursor=shown[-1].id if len(rows) > asked.limit else None)


async def _person(work: Work, customer_id: str) -> tuple[int, bytes | None]:
    """The person's key and sealed contact; raise NotFound."""
    for row in await store.reached(work, [await asked_as(work, customer_id)]):
        return row["person_key"], row["contact"]
    raise _nobody(customer_id)


async def _written(work: Work, key: DataKey, channel: Channel, customer_id: str) -> list[str]:
    """Where the channel reaches a customer, under every id they have; raise NotFound."""
    person, _ = await _person(work, customer_id)
    found = [addresses.address(channel, of) for of in await _contacts(work, key, person)]
    written = [each for each in found if each is not None]
    if not written:
        raise NotFound(f"{channel} does not reach this customer: no address of that kind is known")
    return written


def _texts(asked: Statement) -> tuple[str, str | None]:
    """Source and reference as they are kept."""
    return without_cards(asked.source), None if asked.reference is None else without_cards(asked.reference)


async def _contacts(work: Work, key: DataKey, person: int) -> list[contact.Contact]:
    """How a person is reached, under every id they have."""
    own = [(row["person_key"], row["contact"]) for row in await identities_store.own(work, [person])]
    others = [(row["person_key"], row["contact"]) for row in await groups.merged(work, [person])]
    return [contact.unseal(key, each, sealed) for each, sealed in [*own, *others]]


def _nobody(customer_id: str) -> NotFound:
    return NotFound(f"there is no customer {customer_id!r}; find them with search_customers")


def _hashed(key: DataKey, channel: Channel, written: str) -> bytes:
    if not addresses.plain(channel, written):
        raise Invalid(f"address: this can be no address for {channel}", field="address")
    return addresses.hashed(key, channel, written)


def _listed(row: store.Row, *, may_see: bool = True) -> Suppressed:
    source = row["source"] if may_see else masked_text(row["source"])
    return Suppressed(id=row["hash"].hex(), channel=row["channel"], reason=row["reason"], source=source, at=row["at"])


def _said(row: store.Row, key: DataKey, hidden: Known | None) -> Said:
    """A statement; with what is to be hidden of the person in its texts, None for who may see all."""
    said: dict[str, Any] = {name: value for name, value in row.items() if name not in {"number", "id", "proof"}}
    said["proof"] = _proof(row, key) if hidden is None else None
    for name in ("source", "reference"):
        if hidden is not None and said[name] is not None:
            said[name] = masked_text(said[name], hidden)
    return Said(**said)


def _proof(row: store.Row, key: DataKey) -> dict[str, Any]:
    return {} if row["proof"] is None else json.loads(key.open(row["proof"], _place(str(row["id"]))))


def _place(statement: str) -> Place:
    return Place(table="consent", field="proof", row=statement)
