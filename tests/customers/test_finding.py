"""Who is found by name, however it is typed, and before anything is segmented."""

import pytest

from switchboard.foundation.errors import Conflict
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.customers import search
from switchboard.intelligence.records import SearchAsked
from tests.shop import Shop, as_role, open_shop

PEOPLE = """customer_id,name,email,tier
c1,Hans Ørsted,hans@planted.example,gold
c2,Paweł Łukasz,p@planted.example,
c3,Đorđe Æbelø,d@planted.example,silver
c4,Groß Straßer,g@planted.example,
c5,Anna Orsted,a@planted.example,
"""


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    shop = await open_shop(ground)
    await shop.bring(PEOPLE, "customers")
    return shop


async def found(shop: Shop, role: str = "owner", **asked: object) -> set[str]:
    page = await search(shop.ground, as_role(shop, role), SearchAsked.model_validate(asked), door="test")
    return {each.model_dump()["customer_id"] for each in page.customers}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("orsted", {"c1", "c5"}), ("Ørsted", {"c1"}), ("ors", {"c1", "c5"}), ("pawel lukasz", {"c2"}),
        ("Paweł", {"c2"}), ("dorde", {"c3"}), ("aebelo", {"c3"}), ("gross strasser", {"c4"}),
    ],
)  # fmt: skip
async def test_letters_that_are_no_accented_ones_are_found_as_they_are_typed(shop: Shop, text: str, who: set[str]):
    assert await found(shop, text=text) == who


@pytest.mark.parametrize(
    ("text", "who"), [("hans o", {"c1"}), ("h orsted", {"c1", "c5"}), ("anna b orsted", {"c5"}), ("h", set[str]())]
)
async def test_an_initial_or_a_word_that_has_just_begun_keeps_nobody_from_being_found(
    shop: Shop, text: str, who: set[str]
):
    assert await found(shop, text=text) == who


async def test_before_anything_is_segmented_people_are_found_by_text_filter_and_id(shop: Shop):
    assert await found(shop, text="hans@planted.example") == {"c1"}
    assert await found(shop, filter={"attribute": "tier", "known": True}) == {"c1", "c3"}
    assert await found(shop, text="gold") == {"c1"}
    assert await found(shop, text="anna", filter={"attribute": "tier", "known": True}) == set()
    assert await found(shop, "analyst", text="c2") == {"c2"}


@pytest.mark.parametrize("asked", [{}, {"risk_level": "HIGH"}, {"text": "hans", "risk_level": "HIGH"}, {"text": " "}])
async def test_what_a_segmentation_works_out_is_refused_until_there_is_one(shop: Shop, asked: dict[str, str]):
    with pytest.raises(Conflict) as refused:
        await found(shop, **asked)
    assert refused.value.code == "not_segmented"
