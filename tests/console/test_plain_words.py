"""Pages and what they say of trouble, as who is no engineer reads them: no names of operations, fields or patterns."""

import re
from html import unescape

import pytest

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import Workspace, WorkspaceChange
from switchboard.accounts.roles import operator_caller
from switchboard.foundation.ground import Ground
from tests.console.shop import Browser, add_user

UNSEEN = re.compile(
    r"(?s)<(script|style|svg|datalist|code|p class=\"without-script\").*?</(script|style|svg|datalist|code|p)>"
)
TAG = re.compile(r"<[^>]+>")
OF_PROGRAMS = re.compile(
    r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b(?:customers|intelligence|jobs|keys|users|accounts)\.[a-z]\w+|%[A-Za-z]\b"
    r"|the fields are|Input should|Unprocessable|`switchboard"
)
FOR_MARKETERS = (
    "/", "/customers", "/customers/c1", "/orders/c1", "/erase/c1", "/archetypes", "/axes", "/axes/purchase_value",
    "/audiences", "/audiences/build", "/cohorts", "/affinity", "/categories", "/forecasts", "/import", "/settings",
    "/settings/retention", "/settings/thresholds", "/keys", "/account",
)  # fmt: skip
IN_TROUBLE = (
    "/customers/nobody", "/erase/nobody", "/orders/c1?cursor=x", "/customers?cursor=x", "/customers?sort=x",
    "/customers?segment=x:y", "/customers?segment=purchase_frequency:x", "/customers?archetype=x",
    "/customers/c1?days=x", "/archetypes/nothing", "/axes/nothing", "/jobs/nothing", "/categories?cursor=x",
    "/audit?caller=x", "/audit?cursor=x", "/exports/01a22c1e-d2a6-7269-926a-c55147b668ec", "/exports/x",
    "/import/progress/01a22c1e-d2a6-7269-926a-c55147b668ec", "/import/01a22c1e-d2a6-7269-926a-c55147b668ec",
)  # fmt: skip
WRONG_RULES = (
    '{"bought":{"times_at_least":5,"times_at_most":3}}', '{"bought":{"spent_at_least":5,"spent_at_most":3}}',
    '{"bought":{"within_days":-1}}', '{"did":{"event":"x"}}', '{"near":{"lat":3,"lon":400,"km":1}}',
    '{"segment":{"purchase_frequency":"x"}}', '{"risk_level":"x"}', '{"feature":"orders_365","at_least":"x"}',
)  # fmt: skip

pytestmark = pytest.mark.slow


def of_programs(page: str) -> list[str]:
    """What a page says in words of programs."""
    main = re.search(r"(?s)<main.*</main>", page)
    assert main
    return OF_PROGRAMS.findall(unescape(TAG.sub("\n", UNSEEN.sub("", main[0]))))


@pytest.mark.parametrize("path", FOR_MARKETERS)
async def test_a_page_for_marketers_speaks_no_words_of_programs(owner: Browser, path: str):
    answer = await owner.get(path)

    assert (answer.status_code, of_programs(owner.page)) == (200, [])


@pytest.mark.parametrize("path", IN_TROUBLE)
async def test_what_is_said_of_trouble_holds_no_words_of_programs(owner: Browser, path: str):
    answer = await owner.get(path)

    assert (answer.status_code in {404, 422}, of_programs(owner.page)) == (True, [])


@pytest.mark.parametrize("rule", WRONG_RULES)
async def test_what_is_wrong_with_a_rule_is_said_in_the_builders_words(owner: Browser, rule: str):
    answer = await owner.client.get("/audiences/build", params={"filter": rule})

    told = re.findall(r'role="alert">([^<]+)<', answer.text)
    assert (answer.status_code, len(told)) == (422, 1)
    assert OF_PROGRAMS.findall(unescape(told[0])) == []


async def test_who_erases_is_told_beside_the_field_what_to_type(owner: Browser):
    await owner.get("/erase/c1")
    await owner.send("/erase/c1", confirm="c2", reason="asked")

    assert 'id="confirm-about">Type the customer&#39;s id once more; there is no way back.<' in owner.page


async def test_sign_ins_can_be_chosen_in_the_trail_by_their_title(owner: Browser):
    await owner.get("/audit?operation=users.sign_in")

    assert '<option value="users.sign_in" selected>Sign in</option>' in owner.page


async def test_locales_of_the_workspaces_language_come_first_and_a_rare_one_is_kept(
    browser: Browser, ground: Ground, workspace: Workspace
):
    operator = operator_caller(workspace.id)
    await browser.sign_in(await add_user(ground, workspace, "owner"))
    offered = list[list[str]]()
    for locale in ("de-AT", "aa-ET"):
        await accounts.change_workspace(ground, operator, WorkspaceChange(locale=locale), door="test")
        await browser.get("/settings")
        choice = re.search(r'(?s)<select[^>]* name="locale".*?</select>', browser.page)
        assert choice
        offered += [re.findall(r"<option[^>]*>([^<]+)<", choice[0])]
        assert f'<option value="{locale}" selected>' in choice[0]

    assert offered[0][:2] == ["German (Austria)", "German"]
    assert "German (Switzerland)" in offered[0][2:7]
    assert offered[1][0] == "Afar (Ethiopia)"
    assert len(offered[1]) == len(offered[0]) + 1
