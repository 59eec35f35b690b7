"""Consent that customer files carry becomes statements, by the rules of consent, and goes with the import."""

from datetime import UTC, datetime
from typing import Any

import pytest

from switchboard.customers.consent.operations import consent, may_contact, record_consent
from switchboard.customers.consent.records import History, HistoryAsked, MayContactAsked, Statement
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.shop import Shop, count, open_shop

SHOPIFY = (
    "First Name,Last Name,Email,Accepts Email Marketing,Default Address City,Default Address Country Code,Phone,"
    "Accepts SMS Marketing,Total Spent,Tags\n"
    'Mia,Thornby,mia@hidden.test,yes,Berlin,DE,+49 170 1234567,no,12.50,"vip, b2b"\n'
    "Bob,Reed,bob@hidden.test,,Paris,FR,,,0,\n"
)


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def history(shop: Shop, customer: str = "c1") -> History:
    return await consent(shop.ground, shop.caller, HistoryAsked(customer_id=customer), door="test")


async def holds(shop: Shop, customer: str = "c1", channel: str = "email") -> str:
    asked = MayContactAsked.model_validate(
        {"customer_ids": [customer], "channel": channel, "purpose": "marketing"}
    )  # fmt: skip
    return (await may_contact(shop.ground, shop.caller, asked, door="test")).verdicts[0].state


async def say(shop: Shop, state: str, **more: Any) -> None:
    said = {"customer_id": "c1", "channel": "email", "purpose": "marketing", "state": state, "source": "form"} | more
    await record_consent(shop.ground, shop.caller, Statement.model_validate(said), door="test")


async def test_a_shopify_export_tells_who_accepts_what(shop: Shop):
    brought = await shop.bring(SHOPIFY, "customers", "shopify")
    assert brought.read_as is not None
    assert brought.read_as.columns["consent_email"] == "Accepts Email Marketing"
    ann = "mia@hidden.test"
    assert (await holds(shop, ann), await holds(shop, ann, "sms")) == ("given", "withdrawn")
    assert await holds(shop, "bob@hidden.test") == "unknown"  # a blank says nothing
    said = (await history(shop, ann)).statements
    assert {each.source for each in said} == {"shopify"}
    assert all((each.reference or "").startswith(f"import {brought.import_id} ") for each in said)


@pytest.mark.parametrize(
    ("written", "state"),
    [("yes", "given"), ("TRUE", "given"), ("subscribed", "given"), ("no", "withdrawn"), ("unsubscribed", "withdrawn"),
     ("", "unknown"), ("pending", "unknown"), ("never asked", "unknown")],
)  # fmt: skip
async def test_only_a_clear_yes_or_no_is_one(shop: Shop, written: str, state: str):
    await shop.bring(f"customer_id,email_consent\nc1,{written}\n", "customers")
    assert await holds(shop) == state


async def test_a_file_may_say_when_and_then_the_newest_counts(shop: Shop):
    await shop.bring("customer_id,email_consent,consent_at\nc1,no,2024-02-01\n", "customers")
    await shop.bring("customer_id,email_consent,consent_at\nc1,yes,2024-01-01\n", "customers")
    assert await holds(shop) == "withdrawn"
    await shop.bring("customer_id,email_consent,consent_at\nc1,yes,2024-03-01\n", "customers")
    held = (await history(shop)).holding[0]
    assert (held.state, held.since) == ("given", datetime(2024, 3, 1, tzinfo=UTC))


async def test_a_yes_without_a_time_does_not_undo_a_withdrawal(shop: Shop):
    await shop.bring("customer_id,name\nc1,Ann\n", "customers")
    await say(shop, "withdrawn")
    brought = await shop.bring("customer_id,email_consent\nc1,yes\n", "customers")
    assert (await holds(shop), brought.counts["consents_in_doubt"]) == ("withdrawn", 1)


async def test_a_no_without_a_time_ends_consent_at_once(shop: Shop):
    await shop.bring("customer_id,name\nc1,Ann\n", "customers")
    await say(shop, "confirmed")
    await shop.bring("customer_id,email_consent\nc1,no\n", "customers")
    assert await holds(shop) == "withdrawn"


async def test_importing_again_says_nothing_new_and_undoing_leaves_what_the_other_said(shop: Shop, server: Embedded):
    text = "customer_id,email_consent\nc1,yes\n"
    first, second = await shop.bring(text, "customers"), await shop.bring(text, "customers")
    assert count(server, "consent", shop.workspace.id) == 1
    await shop.undo(first)
    said = (await history(shop)).statements
    assert [each.state for each in said] == ["given"]
    assert (said[0].reference or "").startswith(f"import {second.import_id} ")
    await shop.undo(second)
    assert count(server, "consent", shop.workspace.id) == count(server, "person", shop.workspace.id) == 0


async def test_undoing_a_withdrawal_of_a_file_restores_what_held(shop: Shop):
    await shop.bring("customer_id,email_consent\nc1,yes\n", "customers")
    wrong = await shop.bring("customer_id,email_consent\nc1,no\n", "customers")
    assert await holds(shop) == "withdrawn"
    await shop.undo(wrong)
    assert await holds(shop) == "given"
