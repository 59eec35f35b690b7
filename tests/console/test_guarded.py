"""What every answer carries, and what pages load."""

import gzip
import re

import pytest

from switchboard.accounts.credentials import Credentials
from switchboard.console.app import make_console
from switchboard.console.colours import counterparts
from switchboard.console.guarded import policy
from switchboard.foundation.charts import Charts
from switchboard.foundation.ground import Ground
from switchboard.foundation.settings import Settings
from switchboard.intelligence.charts.customers import churn_levels
from tests.console.shop import ADDRESS, Browser
from tests.intelligence.test_charts import CHURN

pytestmark = pytest.mark.slow

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


async def test_every_answer_has_the_strict_policy(owner: Browser):
    for path in ("/", "/customers/c1", "/archetypes", "/nothing", "/sign-in"):
        answer = await owner.get(path)

        assert answer.headers["content-security-policy"] == STRICT == policy(None)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_pages_hold_nothing_the_policy_forbids(owner: Browser):
    for path in ("/", "/customers/c1", "/customers", "/archetypes"):
        await owner.get(path)

        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?! (?:defer )?src=\"/assets/)", owner.page)
        assert set(re.findall(r"https?://[^\"<\s]+", owner.page)) <= {
            "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
        }  # fmt: skip


async def test_what_pages_load_is_kept_for_long_under_a_name_of_its_own(owner: Browser):
    await owner.get("/")
    loaded = sorted(set(re.findall(r'"(/assets/[^"]+)"', owner.page)))

    assert len(loaded) == 6
    for path in loaded:
        answer = await owner.client.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"\.[0-9a-f]{12}\.(css|js|svg|woff2)$", path)


async def test_assets_need_no_session_and_come_packed_where_wanted(browser: Browser):
    await browser.get("/sign-in")
    style = re.findall(r'"(/assets/console[^"]+css)"', browser.page)[0]

    plain = await browser.client.get(style, headers={"accept-encoding": "identity"})
    packed = await browser.client.get(style, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < 10_000


async def test_files_may_come_from_elsewhere_and_must_be_what_they_were(
    ground: Ground, credentials: Credentials, charts: Charts
):
    settings = Settings(public_url=ADDRESS, assets_url="https://files.example/shop/")
    browser = Browser.at(make_console(ground, credentials, settings, charts))

    answer = await browser.get("/sign-in")

    assert "script-src 'self' https://files.example;" in answer.headers["content-security-policy"]
    assert "font-src 'self' https://files.example;" in answer.headers["content-security-policy"]
    loaded = re.findall(
        r'(?:src|href)="https://files\.example/shop(/assets/[^"]+)"( integrity="sha384-[^"]+")?', browser.page
    )
    assert len(loaded) == 6
    assert all(proof for path, proof in loaded if path.endswith((".css", ".js")))
    file = await browser.client.get(loaded[0][0])
    assert file.headers["access-control-allow-origin"] == "*"
    assert file.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_a_drawing_recoloured_is_the_drawing_for_dark_ground(charts: Charts):
    definition = churn_levels(CHURN, width=300)
    light, dark = await charts.svg(definition), await charts.svg(definition, theme="dark")

    swaps = counterparts()
    recoloured = re.sub(r'(fill|stroke)="(#[0-9a-f]{6})"', lambda found: f'{found[1]}="{swaps.get(found[2])}"', light)

    assert re.findall(r'(?:fill|stroke)="[^"]+"', recoloured) == re.findall(r'(?:fill|stroke)="[^"]+"', dark)
