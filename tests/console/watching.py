"""What a page asks for, transfers and breaks, as a browser tells it; and what axe-core finds wrong with it."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from playwright.async_api import CDPSession, Page
from playwright.async_api import TimeoutError as NotInTime

AXE = Path(__file__).parents[2] / ".cache/npm/node_modules/axe-core/axe.min.js"
WATCH = """
window.stopped = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.stopped.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map((each) =>
  `${each.id} (${each.impact}): ${each.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary}`)
    .slice(0, 4).join(" | ")}`)"""
MOST_BYTES, MOST_REQUESTS = 250_000, 12
QUIET_MS = 5_000


@dataclass(kw_only=True)
class Watched:
    """One page of a browser, watched since it was opened."""

    page: Page
    address: str
    asked: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])
    bytes: int = 0
    status: int = 0

    @classmethod
    async def begin(cls, page: Page, address: str) -> Self:
        made = cls(page=page, address=address)
        page.on("request", lambda request: made.asked.append(request.url))
        page.on("console", lambda said: made.complaints.append(said.text))
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        await page.add_init_script(WATCH)
        session: CDPSession = await page.context.new_cdp_session(page)
        await session.send("Network.enable")  # pyright: ignore[reportUnknownMemberType] - Playwright's own
        session.on("Network.loadingFinished", made._count)
        return made

    async def open_cold(self, path: str) -> None:
        """Go to a page with nothing cached."""
        session = await self.page.context.new_cdp_session(self.page)
        await session.send("Network.clearBrowserCache")  # pyright: ignore[reportUnknownMemberType] - Playwright's own
        self.asked.clear()
        self.bytes = 0
        answer = await self.page.goto(self.address + path, wait_until="load")
        self.status = answer.status if answer else 0
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing more comes; a page that follows something is never idle, so not for ever."""
        with suppress(NotInTime):
            await self.page.wait_for_load_state("networkidle", timeout=QUIET_MS)

    @property
    def requests(self) -> list[str]:
        """What was asked of a server, whichever."""
        return [url for url in self.asked if not url.startswith("data:")]

    async def wrong(self, *, cold: bool = True) -> list[str]:
        """What is wrong with the page as it is: broken, wider than the screen, over the budget, or hard to use."""
        told = await self.broken()
        beyond: int = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if beyond > 0:
            told.append(f"{beyond} points wider than the screen")
        if cold and (len(self.requests) > MOST_REQUESTS or self.bytes > MOST_BYTES):
            told.append(f"{len(self.requests)} requests, {self.bytes:,} bytes")
        return told + await self.axe()

    async def wrong_with(self, *paths: str) -> dict[str, list[str]]:
        """What is wrong with each of these pages that is not well, opened with nothing cached."""
        found: dict[str, list[str]] = {}
        for path in paths:
            await self.open_cold(path)
            if wrong := await self.wrong():
                found[path] = wrong
        return found

    async def broken(self) -> list[str]:
        """Violations of the policy, what the console of the browser says, and requests to other hosts."""
        stopped: list[str] = await self.page.evaluate("window.stopped")
        elsewhere = [url for url in self.requests if not url.startswith(self.address)]
        told = [f"the policy stopped {each}" for each in stopped]
        told += [f"console: {each}" for each in self.complaints]
        return told + [f"asked {each}" for each in elsewhere]

    async def axe(self) -> list[str]:
        """Accessibility violations of any impact."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text())  # through the debugger: the policy holds for pages' own scripts
        found: list[str] = await self.page.evaluate(RUN_AXE)
        return [f"axe: {each}" for each in found]

    def _count(self, finished: dict[str, Any]) -> None:
        self.bytes += int(finished["encodedDataLength"])
