"""The one question of everything that goes out: may we contact them."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from switchboard.accounts import tenants
from switchboard.customers import contact
from switchboard.customers.consent import addresses
from switchboard.customers.consent.records import Channel, Verdict
from switchboard.customers.consent.rules import NOTHING_SAID, Holds, Newest, against, holds
from switchboard.customers.stand_ins import asked_as
from switchboard.customers.store import consent as store
from switchboard.foundation.ground import Work
from switchboard.foundation.vault import DataKey

Topic = tuple[Channel, str]  # a channel and a purpose


async def verdicts(work: Work, customer_ids: Sequence[str], channel: Channel, purpose: str) -> tuple[Verdict, ...]:
    """A verdict for each of these customers, in their order; who is unknown may not be contacted."""
    kept = [await asked_as(work, each) for each in customer_ids]
    rows = await store.reached(work, kept)
    hashes = await asyncio.to_thread(_hashes, await tenants.data_key(work), channel, rows)
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
    work: Work, person_keys: Sequence[int], channel: Channel | None = None, purpose: str | None = None
) -> Mapping[int, Mapping[Topic, Holds]]:
    """What holds for these people, of one channel and purpose or of all that were ever told of."""
    found: dict[int, dict[Topic, Holds]] = {}
    topic = itemgetter("person_key", "channel", "purpose")
    for (person, over, what), rows in groupby(await store.newest(work, person_keys, channel, purpose), key=topic):
        said = [Newest(state=row["state"], at=row["at"], jurisdiction=row["jurisdiction"]) for row in rows]
        found.setdefault(person, {})[over, what] = holds(said)
    return found


def _hashes(key: DataKey, channel: Channel, rows: Sequence[store.Row]) -> dict[int, bytes]:
    """The hash of each person's address; without those the channel does not reach."""
    found: dict[int, bytes] = {}
    for row in rows:
        where = addresses.address(channel, contact.unseal(key, row["person_key"], row["contact"]))
        if where is not None and addresses.plain(channel, where):
            found[row["person_key"]] = addresses.hashed(key, channel, where)
    return found


def _nobody(customer_id: str) -> Verdict:
    return Verdict(
        customer_id=customer_id, may=False, against=("unknown_customer",), state="unknown", since=None,
        jurisdiction=None,
    )  # fmt: skip
