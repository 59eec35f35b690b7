"""A page as somebody with a slow computer on a mobile network gets it, with nothing cached."""

from dataclasses import dataclass

from playwright.async_api import Browser, Page, StorageState

from tests.console.watching import Watched

SLOWER = 4.0  # times: the processor
NETWORK = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}  # ms, bytes/s
SCREEN = {"width": 1440, "height": 900}
OBSERVE = """
window.seen = {lcp: 0, shifts: 0, blocked: 0};
const observe = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each))
  .observe({type, buffered: true});
observe("largest-contentful-paint", (entry) => { window.seen.lcp = entry.startTime; });
observe("layout-shift", (entry) => { if (!entry.hadRecentInput) window.seen.shifts += entry.value; });
observe("longtask", (entry) => { window.seen.blocked += Math.max(0, entry.duration - 50); });
"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(window.seen), 200)))"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one opening of a page was: times in milliseconds, shifts as the sum of all."""

    bytes: int
    requests: int
    lcp_ms: float
    blocked_ms: float
    shifts: float
    wrong: int
    status: int


async def opened(browser: Browser, signed_in: StorageState, address: str, path: str) -> Seen:
    """Open the page once, in a browser that knows nothing but who is signed in."""
    context = await browser.new_context(viewport=SCREEN, storage_state=signed_in)  # pyright: ignore[reportArgumentType]
    try:
        page = await context.new_page()
        await page.add_init_script(OBSERVE)
        watched = await Watched.begin(page, address)
        await _slow_down(page)
        await watched.open_cold(path)
        seen: dict[str, float] = await page.evaluate(SETTLED)
        wrong = await watched.broken()
        return Seen(
            bytes=watched.bytes, requests=len(watched.requests), lcp_ms=seen["lcp"], blocked_ms=seen["blocked"],
            shifts=seen["shifts"], wrong=len(wrong), status=watched.status,
        )  # fmt: skip
    finally:
        await context.close()


async def _slow_down(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")  # pyright: ignore[reportUnknownMemberType] - Playwright's own
    await session.send("Network.emulateNetworkConditions", NETWORK)  # pyright: ignore[reportUnknownMemberType] - likewise
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})  # pyright: ignore[reportUnknownMemberType] - likewise
