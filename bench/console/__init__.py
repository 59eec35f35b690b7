"""Every page of the console with the demo's shops: what it transfers, and how soon it is there on a slow computer."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bench.console.slow import Seen, opened
from bench.figures import Figure, median, say
from bench.place import PROGRAM, Failed, Place, free_port
from bench.reading import until_quiet
from demo.filling import fill
from demo.place import EMAIL, Progress
from demo.shops import shops
from tests.console.pages import addresses, look_up
from tests.console.watching import MOST_BYTES, MOST_REQUESTS

CHROMIUM = Path("/usr/bin/chromium")
ROUNDS = 7
LCP_S, BLOCKED_MS, SHIFTS = 1.2, 100, 0.02


def measure(place: Place) -> Iterator[Figure]:
    """Both shops are filled as `make demo` fills them; each page is opened some times, and the median told."""
    say("the demo's shops")
    progress = Progress(path=place.root / "progress.json")
    fill(shops(), progress, _Command(place))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    up = [str(PROGRAM), "up", "--port", str(port), "--workers", "1"]
    with place.serving(up, port, {"SWITCHBOARD_PUBLIC_URL": address}):
        say("until nothing runs in the background")
        for key in progress.keys.values():
            until_quiet(port, key)
        for shop in shops():
            say(f"pages of {shop.name}")
            seen = asyncio.run(_seen(address, str(progress.password), shop.name))
            yield from _figures(shop.name, seen)


async def _seen(address: str, password: str, shop: str) -> dict[str, list[Seen]]:
    """By page: what each opening was."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        await _enter(page, address, password, shop)
        sample = await look_up(page, address)
        pages = addresses(sample)
        seen = {name: await _rounds(browser, page, address, path) for name, path in pages.items()}
        await browser.close()
        return seen


async def _rounds(browser: Browser, signed_in: Page, address: str, path: str) -> list[Seen]:
    """The page is opened once before: what it shows is worked out then, where nobody asked for it yet."""
    await signed_in.goto(address + path)
    state = await signed_in.context.storage_state()
    return [await opened(browser, state, address, path) for _ in range(ROUNDS)]


async def _enter(page: Page, address: str, password: str, shop: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{address}/")
    if shop != await page.get_by_role("heading", level=1).inner_text():
        await page.select_option("#workspace", label=shop)
        await page.get_by_role("heading", name=shop, level=1).wait_for()


def _figures(shop: str, seen: dict[str, list[Seen]]) -> Iterator[Figure]:
    for name, rounds in seen.items():
        if {each.status for each in rounds} != {200}:
            raise Failed(f"{shop}, {name}: it did not open")
        said = f"{shop}, {name}"
        asked, size = max(each.requests for each in rounds), max(each.bytes for each in rounds)
        wrong, shifts = max(each.wrong for each in rounds), max(each.shifts for each in rounds)
        lcp, blocked = median(each.lcp_ms for each in rounds) / 1_000, median(each.blocked_ms for each in rounds)
        yield Figure(figure=f"{said}, transferred", value=size / 1_000, unit="kB", target=f"<= {MOST_BYTES // 1_000}")
        yield Figure(figure=f"{said}, requests", value=asked, unit="requests", target=f"<= {MOST_REQUESTS}")
        yield Figure(figure=f"{said}, violations, errors, other hosts", value=wrong, unit="times", target="<= 0")
        yield Figure(figure=f"{said}, largest paint", value=lcp, unit="s", target=f"<= {LCP_S}")
        yield Figure(figure=f"{said}, blocked", value=blocked, unit="ms", target=f"<= {BLOCKED_MS}")
        yield Figure(figure=f"{said}, layout shifts", value=shifts, unit="score", target=f"<= {SHIFTS}")


class _Command:
    """The command line in this place."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __call__(self, *words: str, given: str = "") -> str:
        """What it prints."""
        ran = subprocess.run(
            [str(PROGRAM), *words],
            env=self._place.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise Failed(f"{' '.join(words)}: {ran.stderr.strip()}")
        return ran.stdout
