"""What people said of being contacted, and whether we may."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.accounts.roles import operator_caller, permissions_of
from switchboard.customers.consent import operations
from switchboard.customers.consent.records import (
    History,
    HistoryAsked,
    MayContactAsked,
    Release,
    Statement,
    StatementKept,
    Suppress,
    Suppressed,
    SuppressionsAsked,
    Verdict,
)
from switchboard.customers.consent.rules import Newest, holds
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.ground import Ground
from switchboard.foundation.reading import read_values
from tests.shop import Shop, as_owner, open_shop, rows

pytestmark = pytest.mark.slow

PEOPLE = """customer_id,name,email,phone,street,postal_code,city
c1,Ann Quill,Ann.Quill@planted.example,+49 170 1234567,Elm Street 1,10115,Berlin
c2,Bob Reed,bob@planted.example,,,,
c3,Cy Stone,,,,,
c4,Ann Quill,ann.quill@planted.EXAMPLE,,,,
"""
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    opened = await open_shop(ground)
    await opened.bring(PEOPLE, "customers")
    return opened


async def say(shop: Shop, state: str, *, caller: Caller | None = None, **more: Any) -> StatementKept:
    asked = {"customer_id": "c1", "channel": "email", "purpose": "marketing", "state": state, "source": "checkout"}
    statement = Statement.model_validate(asked | more)
    return await operations.record_consent(shop.ground, caller or shop.caller, statement, door="test")


async def may(shop: Shop, *customers: str, channel: str = "email", purpose: str = "marketing") -> tuple[Verdict, ...]:
    asked = {"customer_ids": customers or ("c1",), "channel": channel, "purpose": purpose}
    found = await operations.may_contact(shop.ground, shop.caller, MayContactAsked.model_validate(asked), door="test")
    assert found.may_count == sum(each.may for each in found.verdicts)
    return found.verdicts


async def history(shop: Shop, customer: str = "c1", caller: Caller | None = None, **more: Any) -> History:
    asked = HistoryAsked.model_validate({"customer_id": customer} | more)
    return await operations.consent(shop.ground, caller or shop.caller, asked, door="test")


async def suppress(shop: Shop, **asked: Any) -> Suppressed:
    known = {"channel": "email", "reason": "complained", "source": "provider"} | asked
    return await operations.suppress(shop.ground, shop.caller, Suppress.model_validate(known), door="test")


def role(shop: Shop, name: str) -> Caller:
    caller = operator_caller(shop.workspace.id)
    return Caller(
        id=caller.id, name=name, kind="user", workspace=caller.workspace, role=name, permissions=permissions_of(name)
    )


async def test_without_a_word_of_consent_nothing_is_sent_but_what_an_order_needs(shop: Shop):
    assert (await may(shop))[0].against == ("no_consent",)
    assert (await may(shop, purpose="transactional"))[0].may


@pytest.mark.parametrize(
    ("state", "against"),
    [("given", ()), ("confirmed", ()), ("pending", ("not_confirmed",)), ("withdrawn", ("withdrawn",))],
)
async def test_consent_counts_once_it_is_given(shop: Shop, state: str, against: tuple[str, ...]):
    kept = await say(shop, state, at=NOW, jurisdiction="DE")
    verdict = (await may(shop))[0]
    assert (kept.state, kept.since, kept.repeated) == (state, NOW, False)
    assert (verdict.state, verdict.since, verdict.jurisdiction) == (state, NOW, "DE")
    assert verdict.against == against
    assert verdict.may == (against == ())


async def test_consent_is_of_one_channel_and_purpose_alone(shop: Shop):
    await say(shop, "given")
    assert not (await may(shop, channel="sms"))[0].may
    assert not (await may(shop, purpose="research"))[0].may
    assert (await may(shop))[0].may


async def test_a_withdrawal_is_effective_at_once_and_for_what_an_order_needs_too(shop: Shop):
    await say(shop, "given")
    await say(shop, "withdrawn")
    await say(shop, "withdrawn", purpose="transactional")
    assert (await may(shop))[0].against == ("withdrawn",)
    assert (await may(shop, purpose="transactional"))[0].against == ("withdrawn",)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_what_was_said_last_counts_whatever_arrives_first(shop: Shop, order: tuple[int, ...]):
    said = [("given", NOW), ("withdrawn", NOW + timedelta(days=1)), ("pending", NOW - timedelta(days=1))]
    for number in order:
        await say(shop, said[number][0], at=said[number][1])
    verdict = (await may(shop))[0]
    assert (verdict.state, verdict.since) == ("withdrawn", NOW + timedelta(days=1))


async def test_withdrawn_before_it_was_given_it_is_given(shop: Shop):
    await say(shop, "withdrawn", at=NOW)
    await say(shop, "given", at=NOW + timedelta(seconds=1))
    assert (await may(shop))[0].may


async def test_of_two_said_at_the_same_moment_the_withdrawal_counts(shop: Shop):
    await say(shop, "withdrawn", at=NOW)
    kept = await say(shop, "confirmed", at=NOW)
    assert kept.state == "withdrawn"


async def test_being_asked_to_confirm_again_takes_no_consent_away(shop: Shop):
    await say(shop, "confirmed", at=NOW)
    await say(shop, "pending", at=NOW + timedelta(days=1))
    assert (await may(shop))[0].may


async def test_told_twice_it_counts_once(shop: Shop):
    await say(shop, "given", reference="form-7", at=NOW)
    await say(shop, "withdrawn", at=NOW + timedelta(days=1))
    again = await say(shop, "given", reference="form-7", at=NOW + timedelta(days=2))
    assert (again.repeated, again.state) == (True, "withdrawn")
    assert (await say(shop, "withdrawn", at=NOW + timedelta(days=1))).repeated
    assert len((await history(shop)).statements) == 2


async def test_one_form_may_tell_of_several_channels_people_and_of_a_withdrawal(shop: Shop):
    said = [await say(shop, "given", reference="form-7", at=NOW)]
    said.append(await say(shop, "given", reference="form-7", at=NOW, channel="sms"))
    said.append(await say(shop, "given", reference="form-7", at=NOW, purpose="research"))
    said.append(await say(shop, "given", reference="form-7", at=NOW, customer_id="c2"))
    assert not any(each.repeated for each in said)
    no = await say(shop, "withdrawn", reference="form-7", at=NOW + timedelta(days=1))
    assert (no.repeated, no.state) == (False, "withdrawn")


async def test_what_is_still_to_come_was_not_said_yet(shop: Shop):
    with pytest.raises(Invalid, match="still to come"):
        await say(shop, "given", at=datetime.now(UTC) + timedelta(days=1))
    await say(shop, "withdrawn", at=datetime.now(UTC) + timedelta(minutes=1))  # a clock that is fast
    assert (await may(shop))[0].against == ("withdrawn",)


async def test_an_answer_from_1970_is_as_good_as_any(shop: Shop):
    assert (await say(shop, "given", at=datetime(1970, 1, 1, tzinfo=UTC))).state == "given"


async def test_the_history_holds_everything_last_recorded_first_in_pages(shop: Shop):
    for number in range(5):
        await say(shop, "given" if number % 2 else "withdrawn", at=NOW + timedelta(days=number), source=f"s{number}")
    await say(shop, "confirmed", channel="sms", at=NOW)
    first = await history(shop, limit=4)
    rest = await history(shop, limit=4, cursor=first.next_cursor)
    assert [each.source for each in first.statements + rest.statements] == ["checkout", "s4", "s3", "s2", "s1", "s0"]
    assert rest.next_cursor is None
    assert [(each.channel, each.state) for each in first.holding] == [("email", "withdrawn"), ("sms", "confirmed")]


async def test_proof_is_sealed_and_shown_to_those_who_may_see_contacts(shop: Shop, server: Embedded):
    await say(shop, "given", proof={"wording": "Yes, ann.quill@planted.example wants news"})
    assert (await history(shop)).statements[0].proof == {"wording": "Yes, ann.quill@planted.example wants news"}
    assert (await history(shop, caller=role(shop, "analyst"))).statements[0].proof is None
    with as_owner(server) as owner:
        kept = rows(
            owner, "select c::text, encode(proof, 'escape') from consent c where workspace_id = %s", shop.workspace.id
        )
    assert kept
    assert "planted" not in str(kept)


async def test_a_proof_that_is_too_long_is_refused(shop: Shop):
    with pytest.raises(Invalid, match="keep a link"):
        await say(shop, "given", proof={"page": "x" * 20_000})


async def test_whoever_a_channel_does_not_reach_is_not_contacted(shop: Shop):
    for customer in ("c1", "c2", "c3"):
        for channel in ("email", "sms", "post"):
            await say(shop, "given", customer_id=customer, channel=channel)
    assert [each.may for each in await may(shop, "c1", "c2", "c3")] == [True, True, False]
    assert [each.may for each in await may(shop, "c1", "c2", "c3", channel="sms")] == [True, False, False]
    assert [each.may for each in await may(shop, "c1", "c2", "c3", channel="post")] == [True, False, False]
    assert (await may(shop, "c3"))[0].against == ("no_address",)


async def test_verdicts_come_in_the_order_asked_and_nobody_unknown_is_contacted(shop: Shop):
    await say(shop, "given", customer_id="c2")
    found = await may(shop, "nobody", "c2", "c1", "c2")
    assert [each.customer_id for each in found] == ["nobody", "c2", "c1", "c2"]
    assert [each.may for each in found] == [False, True, False, True]
    assert found[0].against == ("unknown_customer",)
    with pytest.raises(NotFound):
        await say(shop, "given", customer_id="nobody")


async def test_a_suppressed_address_gets_nothing_whoever_it_belongs_to(shop: Shop):
    for customer in ("c1", "c2", "c4"):
        await say(shop, "confirmed", customer_id=customer)
    await suppress(shop, customer_id="c1")
    assert [each.against for each in await may(shop, "c1", "c4", "c2")] == [("suppressed",), ("suppressed",), ()]
    assert (await may(shop, "c4", purpose="transactional"))[0].against == ("suppressed",)
    await operations.release(
        shop.ground, shop.caller, Release(channel="email", address=" ANN.quill@planted.example"), door="test"
    )
    assert all(each.may for each in await may(shop, "c1", "c4", "c2"))


async def test_the_list_holds_hashes_with_the_first_reason_and_comes_in_pages(shop: Shop, server: Embedded):
    put = [await suppress(shop, address=f"x{n}@planted.example", reason="bounced") for n in range(3)]
    again = await suppress(shop, address="X1@planted.example", reason="legal")
    assert again == put[1]
    asked = SuppressionsAsked(channel="email", limit=2)
    first = await operations.suppressions(shop.ground, shop.caller, asked, door="test")
    rest = await operations.suppressions(
        shop.ground, shop.caller, SuppressionsAsked(channel="email", limit=2, cursor=first.next_cursor), door="test"
    )
    assert list(first.suppressed + rest.suppressed) == sorted(put, key=lambda each: each.id)
    one = SuppressionsAsked(channel="email", address="x2@planted.example")
    assert (await operations.suppressions(shop.ground, shop.caller, one, door="test")).suppressed == (put[2],)
    with as_owner(server) as owner:
        kept = rows(owner, "select s::text from suppression s where workspace_id = %s", shop.workspace.id)
    assert len(kept) == 3
    assert "planted" not in str(kept)


@pytest.mark.parametrize(
    "asked", [{}, {"address": "a@b.example", "customer_id": "c1"}, {"address": "no address"}, {"address": "@b.example"}]
)
async def test_what_is_no_address_is_not_suppressed(shop: Shop, asked: dict[str, str]):
    with pytest.raises(Invalid) as refused:
        await suppress(shop, **asked)
    assert refused.value.field == "address"


async def test_releasing_what_is_not_on_the_list_says_so(shop: Shop):
    with pytest.raises(NotFound, match="not on the list"):
        await operations.release(shop.ground, shop.caller, Release(channel="email", id="0" * 32), door="test")
    with pytest.raises(NotFound, match="does not reach"):
        await suppress(shop, customer_id="c3")


@pytest.mark.parametrize("name", ["analyst", "agent"])
async def test_only_some_roles_record_consent(shop: Shop, name: str):
    with pytest.raises(NotAllowed, match="customers:consent"):
        await say(shop, "given", caller=role(shop, name))


async def test_another_workspace_knows_nothing_of_it(ground: Ground, shop: Shop):
    await say(shop, "given")
    await suppress(shop, address="ann.quill@planted.example")
    other = await open_shop(ground)
    await other.bring(PEOPLE, "customers")
    assert (await may(other))[0].against == ("no_consent",)
    listed = await operations.suppressions(ground, other.caller, SuppressionsAsked(channel="email"), door="test")
    assert listed.suppressed == ()


async def test_who_said_something_stays_when_their_import_is_undone(ground: Ground):
    shop = await open_shop(ground)
    brought = await shop.bring(PEOPLE, "customers")
    await say(shop, "withdrawn")
    assert await shop.undo(brought) == 3
    verdict = await may(shop, "c1", "c2")
    assert [each.against for each in verdict] == [("no_address", "withdrawn"), ("unknown_customer",)]


async def test_an_undo_beside_statements_leaves_none_without_a_person(ground: Ground, server: Embedded):
    for _ in range(5):
        shop = await open_shop(ground)
        brought = await shop.bring(PEOPLE, "customers")
        done = await asyncio.gather(
            *(say(shop, "withdrawn", customer_id=f"c{n}") for n in (1, 2, 3, 4)),
            shop.undo(brought),
            return_exceptions=True,
        )
        assert all(not isinstance(each, BaseException) or isinstance(each, NotFound | Conflict) for each in done)
        with as_owner(server) as owner:
            lost = rows(
                owner, "select count(*) from consent c left join person p using (person_key)"
                " where c.workspace_id = %s and p.person_key is null", shop.workspace.id,
            )  # fmt: skip
        assert lost == [(0,)]


@given(st.lists(st.tuples(st.sampled_from(["pending", "given", "confirmed", "withdrawn"]), st.integers(0, 5))))
def test_nothing_but_the_newest_word_that_decides_makes_consent(said: list[tuple[Any, int]]):
    told = [Newest(state=state, at=NOW + timedelta(days=day), jurisdiction=None) for state, day in said]
    told.sort(key=lambda each: (each.at, each.state == "withdrawn"), reverse=True)
    newest = next((each.state for each in told if each.state != "pending"), None)
    assert (holds(told).state in {"given", "confirmed"}) == (newest in {"given", "confirmed"})
    if holds(told).state == "pending":
        assert newest in {None, "withdrawn"}


@pytest.mark.parametrize("purpose", ["", "Marketing!", "spring sale", "marketing\n", "9to5", "m" * 41])
def test_a_purpose_is_one_word_and_what_is_none_is_told_how_to_write_it(purpose: str):
    with pytest.raises(Invalid, match="purpose: write one word of small letters"):
        read_values(MayContactAsked, {"customer_ids": ["c1"], "channel": "email", "purpose": purpose})
    assert MayContactAsked.model_json_schema()["properties"]["purpose"]["pattern"] == "^[a-z][a-z0-9_]{0,39}$"
