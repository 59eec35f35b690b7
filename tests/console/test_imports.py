"""A file on its way in through the console: mapped, unmapped, and refused in words that say what to do."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from switchboard.accounts.records import Workspace
from switchboard.foundation.ground import Ground
from tests.console.shop import ADDRESS, Browser, add_user

FILE = b"customer_id,placed_at,price,category,note\nc1,2024-01-01,2.50,Tea,x\nc2,2024-01-02,3.50,Cup,y\n"

pytestmark = pytest.mark.slow


@pytest.fixture
async def importing(browser: Browser, ground: Ground, workspace: Workspace) -> Browser:
    """The browser of a marketer of a workspace of their own, on the page that takes files."""
    await browser.sign_in(await add_user(ground, workspace, "marketer"))
    await browser.get("/import")
    return browser


async def drop(browser: Browser, content: bytes, name: str = "orders.csv") -> str:
    """Where the page's script would go on, once it has sent the file."""
    token = re.search(r'data-token="([^"]+)"', browser.page)
    assert token
    answer = await browser.client.post(
        "/import/upload?" + urlencode({"name": name, "kind": "orders"}), content=content,
        headers={"Origin": ADDRESS, "X-Token": unescape(token[1])},
    )  # fmt: skip
    assert answer.status_code == 200
    return answer.json()["to"]


def chosen(page: str, field: str) -> str:
    """What a field's list of columns stands at."""
    which = re.search(rf'<select[^>]* name="map\.{field}".*?</select>', page, re.DOTALL)
    assert which
    found = re.search(r'<option value="([^"]*)" selected', which[0])
    return unescape(found[1]) if found else ""


async def test_a_column_that_was_recognised_is_left_out_and_taken_back(importing: Browser):
    path = await drop(importing, FILE)

    await importing.get(path)
    recognised = chosen(importing.page, "category")
    await importing.get(f"{path}&map.category=-&map.unit_price=price")
    without, others = chosen(importing.page, "category"), importing.page
    await importing.get(f"{path}&map.category=&map.unit_price=price")

    assert (recognised, without, chosen(importing.page, "category")) == ("category", "-", "category")
    assert re.search(r"Other columns</dt><dd>[^<]*category", others)
    assert '<input type="hidden" name="map.category" value="-">' in others


async def test_another_kind_of_file_forgets_columns_of_the_one_before(importing: Browser):
    path = (await drop(importing, FILE)).partition("?")[0]

    answer = await importing.get(f"{path}?kind=customers&map.placed_at=placed_at&map.unit_price=price")

    assert answer.status_code == 200
    assert chosen(importing.page, "customer_id") == "customer_id"


async def test_what_was_recognised_stays_in_sight_while_a_column_is_missing(importing: Browser):
    path = await drop(importing, FILE.replace(b"placed_at", b"happened"))

    await importing.get(path)

    assert 'id="map.placed_at-about"' in importing.page
    assert chosen(importing.page, "unit_price") == "price"


async def test_no_page_speaks_of_the_command_line(importing: Browser):
    path = await drop(importing, FILE.replace(b"price", b"Unit Pricee"))

    await importing.get(path)

    assert "choose another column for “Unit price” if it is not" in importing.page
    assert "--map" not in importing.page
