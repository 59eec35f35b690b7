"""Forgetting people: nothing of them is left anywhere, and they stay gone."""

from typing import Any
from uuid import UUID

import pytest

from switchboard import house
from switchboard.customers.erasure import operations
from switchboard.customers.erasure.completing import complete
from switchboard.customers.erasure.records import Certificate, CertificateRef, EraseAsked
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.ground import Ground
from tests.customers.planted import WHO, bring_all, in_files, in_tables
from tests.shop import Shop, open_shop

DECLARED = house.DECLARED  # so that every room has declared what it holds


async def erase(shop: Shop, customer: str = WHO, **more: Any) -> Certificate:
    asked = EraseAsked.model_validate({"customer_id": customer, "confirm": customer} | more)
    return await operations.erase(shop.ground, shop.caller, asked, door="test")


async def certificate(shop: Shop, of: UUID) -> Certificate:
    asked = CertificateRef(certificate_id=of)
    return await operations.erasure_certificate(shop.ground, shop.caller, asked, door="test")


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def test_nothing_of_a_forgotten_person_is_left_anywhere(shop: Shop, ground: Ground, server: Embedded):
    await bring_all(shop)
    before = in_tables(server)
    assert before >= {"public.person", "public.document_0", "public.activity", "public.told"}
    assert in_files(ground.data_dir) != set()
    made = await erase(shop)
    assert not made.complete
    await complete(ground, shop.workspace.id)
    assert (await certificate(shop, made.certificate_id)).complete
    assert in_tables(server) == set()
    assert in_files(ground.data_dir) == set()
