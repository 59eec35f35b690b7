"""Who is one person, by what was told of them and by hand; and that undoing it leaves nothing behind."""

from typing import Any

import pytest

from switchboard.accounts.operations import change_workspace
from switchboard.accounts.records import WorkspaceChange
from switchboard.customers.consent import operations as consent
from switchboard.customers.consent.records import HistoryAsked, MayContactAsked, Statement, Suppress, SuppressionsAsked
from switchboard.customers.identities import operations
from switchboard.customers.identities import reactions as ours
from switchboard.customers.identities.records import (
    Identities,
    IdentitiesAsked,
    LimitAsked,
    MergeAsked,
    Merged,
    MergePreview,
    Merges,
    MergesAsked,
    Suggestions,
    SuggestionsAsked,
    UnmergeAsked,
    Unmerged,
    Verified,
    VerifyAsked,
)
from switchboard.foundation.callers import Caller
from switchboard.foundation.embedded import Embedded
from switchboard.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from switchboard.foundation.events import react
from switchboard.foundation.ground import Ground
from switchboard.house import DECLARED
from switchboard.intelligence import reactions as theirs
from switchboard.intelligence.operations.customers import churn_risk, profile, search
from switchboard.intelligence.operations.customers import orders as orders_of
from switchboard.intelligence.records import ChurnAsked, CustomerAsked, Customers, OrdersAsked, Profile, SearchAsked
from tests.shop import Shop, as_owner, as_role, forget_what_waits, open_shop, orders, rows

pytestmark = pytest.mark.slow

assert {ours, theirs} <= {*DECLARED}

PEOPLE = "customer_id,name,email,phone,country,email_verified,phone_verified\n"
TWO = orders(
    "o1,c1,2024-03-01T10:00,p1,Tea,Drinks,1,10,,", "o2,c2,2024-03-02T10:00,p1,Tea,Drinks,1,4,,",
    "o3,c1,2024-03-05T10:00,p2,Cup,Things,2,3,,", "o4,c3,2024-03-07T10:00,p2,Cup,Things,1,3,,",
)  # fmt: skip


@pytest.fixture
async def shop(ground: Ground) -> Shop:
    return await open_shop(ground)


async def people(shop: Shop, *lines: str) -> Any:
    return await shop.bring(PEOPLE + "\n".join(lines) + "\n", "customers")


async def merge(shop: Shop, first: str, second: str, survivor: str | None = None) -> Merged:
    asked = MergeAsked(customer_id=first, other_id=second, survivor=survivor)
    return await operations.merge(shop.ground, shop.caller, asked, door="test")


async def unmerge(shop: Shop, **asked: Any) -> Unmerged:
    return await operations.unmerge(shop.ground, shop.caller, UnmergeAsked.model_validate(asked), door="test")


async def preview(shop: Shop, first: str, second: str, caller: Caller | None = None) -> MergePreview:
    asked = MergeAsked(customer_id=first, other_id=second)
    return await operations.preview_merge(shop.ground, caller or shop.caller, asked, door="test")


async def verify(shop: Shop, customer: str, kind: str, value: str) -> Verified:
    asked = VerifyAsked.model_validate({"customer_id": customer, "kind": kind, "value": value})
    return await operations.verify_identity(shop.ground, shop.caller, asked, door="test")


async def merges(shop: Shop, customer: str | None = None, **more: Any) -> Merges:
    asked = MergesAsked.model_validate({"customer_id": customer} | more)
    return await operations.merges(shop.ground, shop.caller, asked, door="test")


async def suggestions(shop: Shop, **asked: Any) -> Suggestions:
    asked_for = SuggestionsAsked.model_validate(asked)
    return await operations.merge_suggestions(shop.ground, shop.caller, asked_for, door="test")


async def identities(shop: Shop, customer: str, caller: Caller | None = None) -> Identities:
    asked = IdentitiesAsked(customer_id=customer)
    return await operations.identities(shop.ground, caller or shop.caller, asked, door="test")


async def ids(shop: Shop, customer: str) -> tuple[str, ...]:
    return (await identities(shop, customer)).external_ids


async def seen(shop: Shop, customer: str) -> Profile:
    return await profile(shop.ground, shop.caller, CustomerAsked(customer_id=customer), door="test")


async def found(shop: Shop, **asked: Any) -> Customers:
    return await search(shop.ground, shop.caller, SearchAsked.model_validate(asked), door="test")


async def say(shop: Shop, customer: str, state: str, **more: Any) -> None:
    said = {"customer_id": customer, "channel": "email", "purpose": "marketing", "state": state, "source": "form"}
    await consent.record_consent(shop.ground, shop.caller, Statement.model_validate(said | more), door="test")


async def may(shop: Shop, *customers: str, channel: str = "email") -> list[tuple[bool, str]]:
    asked = MayContactAsked.model_validate({"customer_ids": customers, "channel": channel, "purpose": "marketing"})
    answer = await consent.may_contact(shop.ground, shop.caller, asked, door="test")
    return [(each.may, each.state) for each in answer.verdicts]


# Rules


async def test_a_verified_e_mail_that_two_have_makes_them_one(shop: Shop):
    await people(shop, "c1,Ann,Ann@x.example ,,,yes,", "c2,Ann Q,ann@X.example,,,true,", "c3,Bo,bo@x.example,,,yes,")
    assert await ids(shop, "c2") == ("c1", "c2")
    assert await ids(shop, "c3") == ("c3",)
    (merged,) = (await merges(shop, "c1")).merges
    assert (merged.why, merged.customer_id, merged.other_id, merged.undone_at) == ("email", "c1", "c2", None)


async def test_a_phone_is_the_same_however_it_is_written(shop: Shop):
    await people(shop, "c1,Ann,,+49 170 1234567,,,yes", "c2,Ann,,0170/1234567,DE,,yes", "c3,Bo,,0170 1234567,GB,,yes")
    assert await ids(shop, "c2") == ("c1", "c2")
    assert await ids(shop, "c3") == ("c3",)
    assert [each.value for each in (await identities(shop, "c2")).identities] == ["+491701234567"] * 2


async def test_an_e_mail_that_is_not_verified_of_both_is_only_a_suggestion(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,,,yes,", "c2,Ann,ann@x.example,,,no,", "c3,Bo,bo@x.example,,,,")
    assert await ids(shop, "c2") == ("c2",)
    (suggested,) = (await suggestions(shop)).suggestions
    assert (suggested.why, suggested.customer_ids, suggested.verified_of) == ("email", ("c1", "c2"), ("c1",))
    assert (await verify(shop, "c2", "email", "ANN@x.example")).customer_ids == ("c1", "c2")
    assert (await suggestions(shop)).suggestions == ()


async def test_verified_by_a_later_file_of_the_same_words_it_counts(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,,,,", "c2,Ann,ann@x.example,,,,")
    again = await people(shop, "c1,Ann,ann@x.example,,,yes,", "c2,Ann,ann@x.example,,,yes,")
    assert await ids(shop, "c2") == ("c1", "c2")
    await shop.undo(again)
    assert await ids(shop, "c2") == ("c2",)
    assert len((await suggestions(shop)).suggestions) == 1


async def test_who_confirms_that_we_may_write_has_verified_the_address(shop: Shop, server: Embedded):
    forget_what_waits(server)
    await people(
        shop, "c1,Ann,ann@x.example,+491701234567,,yes,yes", "c2,A,ann@x.example,,,,", "c3,A,,+491701234567,,,"
    )
    await say(shop, "c2", "given")
    await react(shop.ground)
    assert await ids(shop, "c1") == ("c1",)
    await say(shop, "c2", "confirmed")
    await say(shop, "c3", "confirmed", channel="sms")
    await say(shop, "c3", "confirmed", channel="post")
    await react(shop.ground)
    assert await ids(shop, "c1") == ("c1", "c2", "c3")


async def test_a_phone_without_country_is_kept_and_identifies_nobody(shop: Shop):
    brought = await people(shop, "c1,Ann,,0170 1234567,,,yes", "c2,Ann,,0170 1234567,,,yes", "c3,Bo,,call me,DE,,yes")
    assert brought.counts["phones_without_country"] == 3
    assert await ids(shop, "c1") == ("c1",)
    told = await identities(shop, "c1")
    assert (told.identities, told.unplaced_phones) == ((), 1)
    with pytest.raises(Invalid, match="with its country"):
        await verify(shop, "c1", "phone", "0170 1234567")


async def test_a_phone_identifies_once_the_workspaces_country_is_known_and_it_is_told_again(shop: Shop):
    file = ("c1,Ann,,0170 1234567,,,yes", "c2,Ann,,0170 1234567,,,")
    await people(shop, *file)
    await change_workspace(shop.ground, shop.caller, WorkspaceChange(country="DE"), door="test")
    again = await people(shop, *file)
    assert "phones_without_country" not in again.counts
    assert [each.customer_ids for each in (await suggestions(shop)).suggestions] == [("c1", "c2")]


async def test_an_e_mail_shared_by_two_hundred_people_identifies_nobody(shop: Shop):
    await people(shop, *(f"c{n},Clerk {n},desk@x.example,,,yes," for n in range(200)))
    assert await ids(shop, "c7") == ("c7",)
    assert (await suggestions(shop)).suggestions == ()
    told = await identities(shop, "c7")
    assert [(each.shared_by, each.identifies) for each in told.identities] == [(11, False)]
    assert told.shared_by_most == 10
    assert not (await verify(shop, "c7", "email", "desk@x.example")).identifies


async def test_the_eleventh_who_shares_an_identity_ends_it_and_his_going_brings_it_back(shop: Shop):
    await people(shop, *(f"c{n:02},A,a@x.example,,,{'yes' if n < 2 else ''}," for n in range(10)))
    assert await ids(shop, "c01") == ("c00", "c01")
    late = await people(shop, "c99,A,a@x.example,,,,")
    assert await ids(shop, "c01") == ("c01",)
    await shop.undo(late)
    assert await ids(shop, "c01") == ("c00", "c01")


async def test_how_many_may_share_an_identity_is_the_workspaces_to_say(shop: Shop):
    await people(shop, *(f"c{n},A,a@x.example,,,yes," for n in range(3)))
    assert len(await ids(shop, "c0")) == 3
    await operations.set_identity_limit(shop.ground, shop.caller, LimitAsked(people=2), door="test")
    assert len(await ids(shop, "c0")) == 1
    await operations.set_identity_limit(shop.ground, shop.caller, LimitAsked(people=3), door="test")
    assert len(await ids(shop, "c0")) == 3


async def test_people_are_one_through_others(shop: Shop):
    await people(
        shop, "c1,A,a@x.example,,,yes,", "c2,A,a@x.example,+491701234567,,yes,yes", "c3,A,,+491701234567,,,yes"
    )
    assert await ids(shop, "c3") == ("c1", "c2", "c3")
    undone = await unmerge(shop, customer_id="c2")
    assert (undone.separate, len(undone.undone)) == (True, 2)
    assert [await ids(shop, each) for each in ("c1", "c2", "c3")] == [("c1",), ("c2",), ("c3",)]


# By hand


async def test_merged_by_hand_the_one_known_longest_survives_or_the_one_that_is_named(shop: Shop):
    await people(shop, "c1,A,,,,,", "c2,B,,,,,", "c3,C,,,,,")
    assert (await merge(shop, "c2", "c1")).customer_ids == ("c1", "c2")
    assert (await merge(shop, "c2", "c3", survivor="c3")).customer_ids == ("c3", "c1", "c2")


async def test_what_can_not_be_merged_is_refused_with_the_reason(shop: Shop):
    await people(shop, "c1,A,,,,,", "c2,B,,,,,", "c3,C,,,,,")
    with pytest.raises(Invalid, match="the same customer"):
        await merge(shop, "c1", "c1")
    with pytest.raises(NotFound, match="c9"):
        await merge(shop, "c1", "c9")
    with pytest.raises(Invalid, match="survivor"):
        await merge(shop, "c1", "c2", survivor="c3")
    await merge(shop, "c1", "c2")
    await merge(shop, "c2", "c3")
    with pytest.raises(Conflict, match="one person already") as cycle:
        await merge(shop, "c3", "c1")
    assert cycle.value.code == "already_one"


async def test_what_can_not_be_undone_is_refused_with_the_reason(shop: Shop):
    await people(shop, "c1,A,,,,,", "c2,B,,,,,", "c3,C,,,,,")
    merged = await merge(shop, "c1", "c2")
    with pytest.raises(Invalid, match="merge_id"):
        await unmerge(shop)
    with pytest.raises(Conflict, match="with nobody"):
        await unmerge(shop, customer_id="c3")
    with pytest.raises(Invalid, match="one of the two"):
        await unmerge(shop, merge_id=merged.merge_id, customer_id="c3")
    await unmerge(shop, merge_id=merged.merge_id)
    with pytest.raises(Conflict, match="undone already"):
        await unmerge(shop, merge_id=merged.merge_id)
    with pytest.raises(NotFound):
        await unmerge(shop, merge_id=shop.ground.ids())


async def test_an_identity_taken_by_an_un_merge_merges_no_more_until_it_is_verified_again(shop: Shop):
    file = ("c1,Ann,ann@x.example,,,yes,", "c2,Ann,ann@x.example,,,yes,")
    await people(shop, *file)
    (merged,) = (await merges(shop)).merges
    undone = await unmerge(shop, merge_id=merged.merge_id)
    assert (undone.customer_id, undone.other_id, undone.separate) == ("c2", "c1", True)
    await people(shop, *file)
    await people(shop, "c2,Anna,ann@x.example,,,yes,")
    assert await ids(shop, "c2") == ("c2",)
    assert [(each.theirs, each.identifies) for each in (await identities(shop, "c2")).identities] == [(False, False)]
    assert (await suggestions(shop)).suggestions == ()
    assert (await verify(shop, "c2", "email", "ann@x.example")).customer_ids == ("c1", "c2")


async def test_an_un_merge_may_take_the_identity_from_the_survivor(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,,,yes,", "c2,Ann,ann@x.example,,,yes,")
    (merged,) = (await merges(shop)).merges
    await unmerge(shop, merge_id=merged.merge_id, customer_id="c1")
    assert [each.theirs for each in (await identities(shop, "c1")).identities] == [False]
    assert [each.theirs for each in (await identities(shop, "c2")).identities] == [True]


async def test_an_un_merge_tells_what_still_makes_the_two_one(shop: Shop):
    await people(shop, "c1,A,a@x.example,,,yes,", "c2,A,a@x.example,,,yes,", "c3,C,,,,,")
    await merge(shop, "c1", "c3")
    (by_hand, by_mail) = (await merges(shop)).merges
    undone = await unmerge(shop, merge_id=by_mail.merge_id)
    assert (undone.separate, undone.still_by) == (True, ())
    assert await ids(shop, "c3") == ("c1", "c3")
    await merge(shop, "c2", "c3")
    again = await unmerge(shop, merge_id=by_hand.merge_id)
    assert (again.customer_id, again.other_id, again.separate) == ("c3", "c1", True)


# Reading


async def test_every_id_answers_as_the_survivor_with_the_orders_of_all(shop: Shop):
    await shop.bring(TWO)
    await merge(shop, "c1", "c2")
    await shop.segment()
    one, other = await seen(shop, "c1"), await seen(shop, "c2")
    assert one == other
    assert (one.customer_id, one.metrics.total_orders, one.metrics.lifetime_value) == ("c1", 3, 20.0)
    assert [each.order_id for each in one.orders] == ["o3", "o2", "o1"]
    first = await orders_of(shop.ground, shop.caller, OrdersAsked(customer_id="c2", limit=2), door="test")
    rest = await orders_of(
        shop.ground, shop.caller, OrdersAsked(customer_id="c2", limit=2, cursor=first.next_cursor), door="test"
    )
    assert [each.order_id for each in (*first.orders, *rest.orders)] == ["o3", "o2", "o1"]
    risk = await churn_risk(shop.ground, shop.caller, ChurnAsked(customer_id="c2"), door="test")
    assert risk.customer_id == "c1"


async def test_lists_show_the_survivor_and_nobody_beside(shop: Shop):
    await shop.bring(TWO)
    await people(shop, "c1,Ann Quill,,,,,", "c2,Zoe Reed,,,,,", "c3,Bo,,,,,")
    await shop.segment()
    await merge(shop, "c1", "c2")

    async def ids_found(**asked: Any) -> list[str]:
        return [each.customer_id for each in (await found(shop, **asked)).customers]

    for _ in range(2):
        assert await ids_found(text="zoe") == ["c1"]
        assert await ids_found(text="quill zoe") == ["c1"]
        assert await ids_found(text="c2") == ["c1"]
        assert await ids_found(text="c") == ["c1", "c3"]
        assert (await found(shop, text="c")).total == 2
        assert await ids_found() == ["c3", "c1"]
        await shop.segment()
    assert (await found(shop)).total == 2
    await unmerge(shop, customer_id="c2")
    await shop.segment()
    assert await ids_found(text="zoe") == ["c2"]
    assert await ids_found(text="ann") == ["c1"]
    assert await ids_found(text="c") == ["c1", "c2", "c3"]
    assert (await found(shop)).total == 3


async def test_pages_by_id_tell_each_survivor_once(shop: Shop):
    await shop.bring(orders(*(f"o{n},a{n},2024-03-01T10:00,p1,,,1,1,," for n in range(9))))
    await shop.segment()
    await merge(shop, "a2", "a5")
    await merge(shop, "a5", "a0", survivor="a5")
    pages, cursor = list[str](), None
    while True:
        page = await found(shop, text="a", limit=2, cursor=cursor)
        pages += [each.customer_id for each in page.customers]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == ["a1", "a3", "a4", "a5", "a6", "a7", "a8"]
    assert [each.customer_id for each in (await found(shop, text="a0")).customers] == ["a5"]


async def test_the_contact_of_a_survivor_is_completed_by_the_others(shop: Shop):
    await shop.bring(TWO)
    await people(shop, "c1,Ann,,,,,", "c2,Anna,ann@x.example,+491701234567,,,")
    await shop.segment()
    await merge(shop, "c1", "c2")
    contact = (await seen(shop, "c2")).contact
    assert contact is not None
    assert (contact.name, contact.email, contact.phone) == ("Ann", "ann@x.example", "+491701234567")


async def test_consent_is_of_all_who_are_one(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,,,,", "c2,Ann,a@y.example,,,,")
    await say(shop, "c1", "given", at="2024-03-01T10:00:00Z")
    await say(shop, "c2", "withdrawn", at="2024-03-02T10:00:00Z")
    assert await may(shop, "c1", "c2") == [(True, "given"), (False, "withdrawn")]
    merged = await merge(shop, "c1", "c2")
    assert await may(shop, "c1", "c2") == [(False, "withdrawn")] * 2
    asked = HistoryAsked(customer_id="c2")
    assert len((await consent.consent(shop.ground, shop.caller, asked, door="test")).statements) == 2
    await say(shop, "c2", "given", at="2024-03-03T10:00:00Z")
    assert await may(shop, "c1") == [(True, "given")]
    await unmerge(shop, merge_id=merged.merge_id)
    assert await may(shop, "c1", "c2") == [(True, "given"), (True, "given")]


async def test_who_is_suppressed_is_so_under_every_address_they_have(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,,,,", "c2,Ann,a@y.example,,,,")
    await say(shop, "c1", "given")
    await merge(shop, "c1", "c2")
    asked = Suppress(channel="email", customer_id="c2", reason="asked", source="call")
    await consent.suppress(shop.ground, shop.caller, asked, door="test")
    assert await may(shop, "c1") == [(False, "given")]
    listed = await consent.suppressions(shop.ground, shop.caller, SuppressionsAsked(channel="email"), door="test")
    assert len(listed.suppressed) == 2


async def test_a_preview_tells_which_attributes_differ(shop: Shop):
    await shop.bring("customer_id,nick,tier,size\nc1,one,gold,38\nc2,two,gold,\n", "customers")
    assert (await preview(shop, "c1", "c2")).conflicts == ("attribute: nick",)


async def test_a_preview_tells_what_the_merge_would_be_and_changes_nothing(shop: Shop):
    await shop.bring(TWO)
    await people(shop, "c1,Ann,ann@x.example,,,,", "c2,Anna,a@y.example,+491701234567,,,")
    await say(shop, "c1", "given", at="2024-03-01T10:00:00Z")
    await say(shop, "c2", "withdrawn", at="2024-03-02T10:00:00Z")
    told = await preview(shop, "c2", "c1")
    assert (told.customer_id, told.customer_ids, told.orders, told.lifetime_value) == ("c1", ("c1", "c2"), 3, 20.0)
    assert told.conflicts == ("name", "email", "consent: email for marketing")
    assert (told.contact.email, told.contact.phone) == ("ann@x.example", "+491701234567")
    assert [each.state for each in told.consent] == ["withdrawn"]
    assert await ids(shop, "c1") == ("c1",)
    masked = await preview(shop, "c1", "c2", as_role(shop, "analyst"))
    assert (masked.contact.email, masked.contact.phone, masked.contact.name) == ("a•••@x•••.example", "•••67", "A•••")


async def test_identities_are_masked_for_who_may_not_see_contacts(shop: Shop):
    await people(shop, "c1,Ann,ann@x.example,+491701234567,,,")
    told = await identities(shop, "c1", as_role(shop, "analyst"))
    assert [each.value for each in told.identities] == ["a•••@x•••.example", "•••67"]


async def test_who_may_merge(shop: Shop):
    await people(shop, "c1,A,,,,,", "c2,B,,,,,")
    asked = MergeAsked(customer_id="c1", other_id="c2")
    for role in ("analyst", "agent"):
        with pytest.raises(NotAllowed, match="customers:merge"):
            await operations.merge(shop.ground, as_role(shop, role), asked, door="test")
    await operations.merge(shop.ground, as_role(shop, "support"), asked, door="test")
    with pytest.raises(NotAllowed, match="name a customer_id"):
        await operations.merges(shop.ground, as_role(shop, "support"), MergesAsked(), door="test")


async def test_histories_and_suggestions_come_in_pages(shop: Shop):
    await people(shop, *(f"c{n},A,m{n // 2}@x.example,,,{'yes' if n < 6 else ''}," for n in range(12)))
    whole = await merges(shop)
    first = await merges(shop, limit=2)
    rest = await merges(shop, limit=2, cursor=first.next_cursor)
    assert (*first.merges, *rest.merges) == whole.merges
    assert (len(whole.merges), rest.next_cursor) == (3, None)
    some = await suggestions(shop, limit=2)
    more = await suggestions(shop, limit=2, cursor=some.next_cursor)
    assert {each.customer_ids for each in (*some.suggestions, *more.suggestions)} == {
        ("c6", "c7"), ("c8", "c9"), ("c10", "c11"),
    }  # fmt: skip
    assert more.next_cursor is None


# Undone


async def test_an_un_merge_restores_everything(shop: Shop):
    await shop.bring(TWO)
    await people(shop, "c1,Ann,ann@x.example,,DE,,", "c2,Anna,a@y.example,+491701234567,AT,,", "c3,Bo,,,,,")
    await say(shop, "c2", "withdrawn")
    await shop.segment()

    async def everything() -> list[Any]:
        told = [await seen(shop, each) for each in ("c1", "c2", "c3")]
        pages = [(await found(shop, text=each)).customers for each in ("ann", "anna", "c", "1234567")]
        return [*told, *pages, (await found(shop)).customers, await may(shop, "c1", "c2", "c3")]

    before = await everything()
    merged = await merge(shop, "c2", "c1", survivor="c2")
    await merge(shop, "c3", "c1")
    await shop.segment()
    assert await everything() != before
    await unmerge(shop, merge_id=merged.merge_id)
    await unmerge(shop, customer_id="c3")
    await shop.segment()
    assert await everything() == before


async def test_an_import_taken_back_takes_its_identities_and_merges_back(shop: Shop):
    await people(shop, "c1,A,a@x.example,,,yes,", "c2,B,,,,,")
    late = await people(shop, "c2,B,a@x.example,,,yes,", "c3,C,a@x.example,,,yes,")
    assert await ids(shop, "c3") == ("c1", "c2", "c3")
    await shop.undo(late)
    assert await ids(shop, "c1") == ("c1",)
    assert await ids(shop, "c2") == ("c2",)
    with pytest.raises(NotFound):
        await ids(shop, "c3")
    assert (await identities(shop, "c2")).identities == ()


async def test_when_the_survivor_is_taken_back_the_others_stay_one(shop: Shop):
    first = await people(shop, "c1,A,,,,,")
    await people(shop, "c2,B,,,,,", "c3,C,,,,,")
    await merge(shop, "c1", "c2")
    await merge(shop, "c2", "c3")
    await shop.undo(first)
    assert await ids(shop, "c3") == ("c2", "c3")


async def test_what_two_imports_told_stays_when_one_is_taken_back(shop: Shop):
    first = await people(shop, "c1,A,a@x.example,,,yes,", "c2,B,a@x.example,,,yes,")
    again = await people(shop, "c1,A,a@x.example,,,yes,", "c2,B,a@x.example,,,,")
    await shop.undo(first)
    assert await ids(shop, "c1") == ("c1",)
    assert [len((await identities(shop, each)).identities) for each in ("c1", "c2")] == [1, 1]
    await shop.undo(again)
    with pytest.raises(NotFound):
        await ids(shop, "c1")


async def test_later_orders_of_a_merged_id_are_the_survivors_and_go_back_with_it(shop: Shop):
    await shop.bring(TWO)
    await merge(shop, "c1", "c2")
    await shop.bring(orders("o9,c2,2024-03-09T10:00,p1,Tea,Drinks,1,4,,"))
    await shop.segment()
    assert [each.customer_id for each in (await found(shop)).customers] == ["c1", "c3"]
    assert (await seen(shop, "c1")).metrics.total_orders == 4
    await unmerge(shop, customer_id="c2")
    await shop.segment()
    assert (await seen(shop, "c1")).metrics.total_orders == 2
    assert (await seen(shop, "c2")).metrics.total_orders == 2
    assert [each.customer_id for each in (await found(shop)).customers] == ["c2", "c3", "c1"]


async def test_a_merge_has_the_shop_segmented_again(shop: Shop, server: Embedded):
    await people(shop, "c1,A,,,,,", "c2,B,,,,,")
    forget_what_waits(server)
    await merge(shop, "c1", "c2")
    with as_owner(server) as owner:
        (told,) = rows(
            owner, "select body::text from event where workspace_id = %s and name = 'PeopleMerged'", shop.workspace.id
        )
    assert "people" in str(told[0])
    await react(shop.ground)
    with as_owner(server) as owner:
        jobs = rows(owner, "select name from job where workspace_id = %s", shop.workspace.id)
    assert jobs == [("intelligence.segment",)]
    forget_what_waits(server)
