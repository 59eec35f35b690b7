"""From an empty data directory to segmented customers in a browser: after the start, no command line."""

import csv
import json
import os
import re
import subprocess
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.console.chromium import IN_A_BROWSER, chromium
from tests.console.watching import Watched
from tests.foundation.open_folder import open_folder
from tests.processes.running import PROGRAM, running

EMAIL = "owner@shop.example"

pytestmark = [*IN_A_BROWSER, pytest.mark.heavy]


@pytest.fixture
def folder() -> Generator[Path]:
    with open_folder() as made:
        yield made


def orders(path: Path) -> Path:
    """Forty people's orders, with columns called otherwise than ours, the time by nothing known, and two wrong rows."""
    begin = datetime(2026, 1, 5, 9, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("Invoice", "Household ID", "Happened", "Article", "Pieces", "Unit price"))
        for n in range(400):
            at = begin + timedelta(hours=7 * n)
            writer.writerow((f"i{n}", f"h{n % 40}", at.isoformat(), f"Tea {n % 9}", 1 + n % 3, f"{4 + n % 5}.50"))
        writer.writerow(("i998", "h1", "some day", "Tea", "1", "4.50"))
        writer.writerow(("i999", "h1", begin.isoformat(), "Tea", "1", "dear"))
    return path


def first_owner(folder: Path) -> str:
    """The password of the first owner, whom `users add` makes."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    told = subprocess.run(
        [str(PROGRAM), "users", "add", EMAIL, "--role", "owner", "--json", "--data-dir", str(folder / "data")],
        env=own, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(told.stdout)["password"]


@pytest.mark.timeout(400)  # the worker begins beside: on a busy machine that takes a while
async def test_an_empty_house_becomes_a_shop_with_segments(folder: Path, tmp_path: Path):
    password = first_owner(folder)
    with running(folder, "up", "--workers", "1") as up:
        async with chromium() as browser:
            page = await browser.new_page()
            address = f"http://127.0.0.1:{up.port}"
            watched = await Watched.begin(page, address)
            await _sign_in(page, address, password)
            wrong = {"first": await watched.wrong(cold=False)}

            await page.get_by_role("link", name="Name, currency, time zone").click()
            await page.get_by_label("Name").fill("Tea House")
            await page.get_by_label("Currency").fill("GBP")
            await page.get_by_label("Time zone").fill("Europe/London")
            await page.get_by_role("button", name="Save, and import a file").click()
            await page.get_by_role("heading", name="Import", level=1).wait_for()
            wrong["import"] = await watched.wrong(cold=False)

            await page.set_input_files("#file", orders(tmp_path / "sales.csv"))
            await page.get_by_role("heading", name="Look before importing").wait_for()
            await page.get_by_label("Placed at").select_option("Happened")
            await page.get_by_role("button", name=re.compile("^Import orders")).wait_for()
            rows = await page.locator("#look tbody tr").count()
            wrong["look"] = await watched.wrong(cold=False)
            await page.get_by_role("button", name=re.compile("^Import orders")).click()

            await page.get_by_role("link", name="See your customers").wait_for(timeout=240_000)
            wrong["progress"] = await watched.wrong(cold=False)
            told = await page.locator("main").inner_text()
            async with page.expect_download() as downloading:
                await page.get_by_role("link", name="Rows that were wrong").click()
            wrong_rows = (await (await downloading.value).path()).read_text()
            await page.get_by_role("link", name="See your customers").click()
            await page.get_by_role("heading", name="Tea House").wait_for()
            overview = await page.locator("main").inner_text()

    assert wrong == {name: [] for name in wrong}
    assert rows == 20
    assert "402 rows" in told
    assert "2 of them were wrong" in told
    assert [each["line"] for each in csv.DictReader(wrong_rows.splitlines())] == ["402", "403"]
    assert "400 orders of 40 customers" in overview


async def _sign_in(page: Page, address: str, password: str) -> None:
    await page.goto(address)
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Nothing to see yet").wait_for()
