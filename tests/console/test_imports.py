"""A file on its way in through the console: mapped, unmapped, and refused in words that say what to do."""

import asyncio
import gzip
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

import pytest

from switchboard.accounts.records import Workspace
from switchboard.customers import uploads
from switchboard.foundation.ground import Ground
from tests.console.chromium import Doors
from tests.console.shop import ADDRESS, Browser, add_user

ORDERS = "".join(f"c{n},2024-01-{1 + n % 28:02},2.50\n" for n in range(2_000))
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


async def test_of_two_columns_one_is_enough_and_the_other_is_not_asked_for(importing: Browser):
    neither, one = b"name,country\nAda,GB\n", b"customer_id,name,country\nc1,Ada,GB\n"

    await importing.get((await drop(importing, neither)).partition("?")[0] + "?kind=customers")
    asked = re.findall(r'<span class="quiet">(needed[^<]*)</span>', importing.page)
    await importing.get("/import")
    await importing.get((await drop(importing, one)).partition("?")[0] + "?kind=customers")

    assert asked == ["needed, or email", "needed, or customer id"]
    assert '<span class="quiet">needed' not in importing.page


async def test_the_first_rows_are_shown_without_columns_that_are_empty(importing: Browser):
    await importing.get((await drop(importing, b"customer_id,country\nc1,GB\n")).partition("?")[0] + "?kind=customers")

    shown = re.search(r'aria-label="First rows".*?</table>', importing.page, re.DOTALL)
    assert shown
    assert re.findall(r'<th scope="col">([^<]+)</th>', shown[0]) == ["Customer", "Country"]
    assert re.search(r"<summary>\d+ more that a file can hold</summary>", importing.page)


async def test_the_first_rows_are_in_the_units_of_the_file_and_in_words(importing: Browser):
    content = b"order_id,customer_id,placed_at,price,quantity\no1,c1,2024-01-05T17:30:00,1250.50,2\no2,c1,soon,3,1\n"

    await importing.get(await drop(importing, content))

    shown = re.search(r'aria-label="First rows".*?</table>', importing.page, re.DOTALL)
    assert shown
    assert re.findall(r'<th scope="col">([^<]+)</th>', shown[0]) == [
        "Order", "Customer", "Placed", "Quantity", "Unit price", "Line total", "What is wrong",
    ]  # fmt: skip
    assert re.findall(r"<td>([^<]*)</td>", shown[0])[:6] == ["o1", "c1", "5 Jan 2024, 17:30", "2", "1,250.50", "2,501"]
    assert "placed_at: unreadable date" in shown[0]


async def test_no_page_speaks_of_the_command_line(importing: Browser):
    path = await drop(importing, FILE.replace(b"price", b"Unit Pricee"))

    await importing.get(path)

    assert "choose another column for “Unit price” if it is not" in importing.page
    assert "--map" not in importing.page


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("orders.csv", b"", "is empty: export it again"),
        ("orders.csv", b"customer_id,placed_at,price\n", "has a header but no rows"),
        ("orders.csv.gz", gzip.compress(ORDERS.encode())[:600], "is damaged: its gzip data ends"),
        ("orders.parquet", b"PAR1" + bytes(400) + b"PAR1", "damaged Parquet file"),
        ("orders.parquet", b"PAR1" + bytes(400), "damaged Parquet file"),
        ("orders.xlsx", b"PK\x03\x04" + bytes(100), "a ZIP archive or an Excel workbook"),
        ("orders.csv", b"%PDF-1.7\n" + bytes(range(256)) * 8, "is a PDF"),
        ("orders.csv", b"<!doctype html><html><body>Sign in</body></html>", "maybe a page to sign in on"),
        ("orders.jsonl", b'{"customer_id": "c1", "placed_at"', "export it again"),
        ("orders.csv", bytes(4_000), "has one column only"),
    ],
)  # fmt: skip
async def test_a_broken_file_is_refused_with_what_is_wrong_and_nothing_to_press(
    importing: Browser, name: str, content: bytes, says: str
):
    path = await drop(importing, content, name)

    answer = await importing.get(path)

    told = re.search(r'role="alert"[^>]*>.*?<div>(.*?)</div>', importing.page, re.DOTALL)
    assert (answer.status_code, told is None) == (422, False)
    assert says in unescape(told[1] if told else "")
    assert not re.search(r'<form[^>]* method="post" action="/import/', importing.page)


async def test_a_file_that_is_gone_is_said_so(importing: Browser):
    answer = await importing.get("/import/01a22c1e-d2a6-7269-926a-c55147b668ec")

    assert answer.status_code in {404, 422}
    assert "send" in importing.page


@pytest.mark.heavy
async def test_a_file_whose_sender_goes_away_leaves_nothing_behind(doors: Doors, ground: Ground):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/import")
        token = await page.locator("[data-upload]").get_attribute("data-token")
        cookies = "; ".join(f"{each.get('name')}={each.get('value')}" for each in await page.context.cookies())
    host, port = doors.address.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /import/upload?name=orders.csv HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {doors.address}\r\n"
        f"X-Token: {token}\r\nCookie: {cookies}\r\nContent-Length: 5000000\r\n\r\n"
    )
    writer.write(head.encode() + b"customer_id,placed_at,price\n" * 60_000)
    await writer.drain()
    await until(lambda: parts(ground, doors) != [])

    writer.close()

    await until(lambda: parts(ground, doors) == [])
    async with doors.open("owner") as watched:
        assert (await watched.page.goto(f"{doors.address}/import")) is not None


def parts(ground: Ground, doors: Doors) -> list[Path]:
    """Files that are still coming."""
    place = uploads.place(ground.data_dir, doors.shop.workspace.id, UUID(int=0)).parent
    return list(place.glob("*.part"))


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not come to that within ten seconds")


@pytest.mark.heavy
async def test_what_is_wrong_with_a_file_stands_where_it_was_dropped(doors: Doors):
    async with doors.open("owner") as watched:
        page = watched.page
        await page.goto(f"{doors.address}/import")
        await page.evaluate("document.querySelector('[data-upload]').dataset.token = 'of an older page'")

        await page.set_input_files("#file", {"name": "orders.csv", "mimeType": "text/csv", "buffer": FILE})
        await page.locator(".told", has_text="reload the page").wait_for()

        assert await watched.axe() == []
