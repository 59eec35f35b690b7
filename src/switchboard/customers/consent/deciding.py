"""The one question of everything that goes out: may we contact them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from switchboard.accounts import tenants
from switchboard.customers import groups
from switchboard.customers.consent import addresses
from switchboard.customers.consent.records import Channel, Verdict
from switchboard.customers.consent.rules import NOTHING_SAID, Holds, Newest, against, holds
from switchboard.customers.groups import Sealed
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import consent as store
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

Topic = tuple[Channel, str]  # a channel and a purpose


async def verdicts(work: Work, customer_ids: Sequence[str], channel: Channel, purpose: str) -> tuple[Verdict, ...]:
    """A verdict for each of these customers, in their order; who is unknown may not be contacted."""
    kept = [await asked_as(work, each) for each in customer_ids]
    rows = await store.reached(work, kept)
    contacts = await _sealed(work, rows)
    hashes = await asyncio.to_thread(_hashes, await tenants.data_key(work), channel, contacts)
    listed = await store.suppressed(work, channel, list(hashes.values()))
    held = await holding(work, [row["person_key"] for row in rows], channel, purpose)
    found: dict[str, Verdict] = {}
    for row in rows:
        person = row["person_key"]
        state = held.get(person, {}).get((channel, purpose), NOTHING_SAID)
        reasons = against(purpose, state, has_address=person in hashes, suppressed=hashes.get(person) in listed)
        found[row["customer_id"]] = Verdict(
            customer_id=row["customer_id"], may=not reasons, against=reasons, state=state.state, since=state.since,
            jurisdiction=state.jurisdiction,
        )  # fmt: skip
    return tuple(
        found[known].model_copy(update={"customer_id": asked}) if known in found else _nobody(asked)
        for asked, known in zip(customer_ids, kept, strict=True)
    )


async def holding(
    work: Work,
    person_keys: Sequence[int],
    channel: Channel | None = None,
    purpose: str | None = None,
    *,
    joined: Sequence[int] = (),
) -> Mapping[int, Mapping[Topic, Holds]]:
    """What holds for these people, of one channel and purpose or of all that were ever told of.

    What was said by anybody who is one with a person was said by that person; and so was what `joined` said, who would
    be one with them.
    """
    one_with = {person: (*group, *joined) for person, group in (await groups.of_all(work, person_keys)).items()}
    everybody = list({each for group in one_with.values() for each in group})
    by_person: dict[int, list[store.Row]] = {}
    for row in await store.newest(work, everybody, channel, purpose):
        by_person.setdefault(row["person_key"], []).append(row)
    return {
        person: _held([row for each in group for row in by_person.get(each, ())]) for person, group in one_with.items()
    }


def _held(rows: Sequence[store.Row]) -> dict[Topic, Holds]:
    """What holds after these statements, of one person under all ids."""
    said: dict[Topic, list[store.Row]] = {}
    for row in rows:
        said.setdefault((row["channel"], row["purpose"]), []).append(row)
    return {
        topic: holds(
            [
                Newest(state=row["state"], at=row["at"], jurisdiction=row["jurisdiction"])
                for row in sorted(of, key=_newness, reverse=True)
            ]
        )
        for topic, of in said.items()
    }


def _newness(row: store.Row) -> tuple[datetime, bool, int]:
    return row["at"], row["state"] == "withdrawn", row["number"]


async def _sealed(work: Work, rows: Sequence[store.Row]) -> Mapping[int, Sequence[Sealed]]:
    """The sealed contacts of each of these people: their own, then of those merged into them."""
    found: dict[int, list[Sealed]] = {row["person_key"]: [(row["person_key"], row["contact"])] for row in rows}
    for row in await groups.merged(work, list(found)):
        found[row["merged_into"]].append((row["person_key"], row["contact"]))
    return found


def _hashes(key: DataKey, channel: Channel, contacts: Mapping[int, Sequence[Sealed]]) -> dict[int, bytes]:
    """The hash of each person's address; without those the channel does not reach."""
    found: dict[int, bytes] = {}
    for person, sealed in contacts.items():
        where = addresses.address(channel, groups.folded(key, sealed))
        if where is not None and addresses.plain(channel, where):
            found[person] = addresses.hashed(key, channel, where)
    return found


def _nobody(customer_id: str) -> Verdict:
    return Verdict(
        customer_id=customer_id, may=False, against=("unknown_customer",), state="unknown", since=None,
        jurisdiction=None,
    )  # fmt: skip
