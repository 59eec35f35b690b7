import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from switchboard.foundation.charts import Charts, Definition, NotDrawn, Theme
from switchboard.foundation.charts.painter import Painter
from switchboard.foundation.charts.protocol import SVG
from switchboard.foundation.charts.theme import COLOURS
from switchboard.foundation.errors import Invalid
from tests.sights import SIGHTS, THEMES, contrast, lab, linear

pytestmark = pytest.mark.slow

BARS: Definition = {
    "description": 'Revenue of "A" and <B>, in euros',
    "title": "Revenue",
    "data": {"values": [{"name": "A", "revenue": 1200}, {"name": "<B>", "revenue": 800}]},
    "mark": {"type": "bar", "clip": True},
    "encoding": {"x": {"field": "revenue", "type": "quantitative"}, "y": {"field": "name"}},
}
ENDLESS: Definition = {
    "description": "more points than anyone waits for",
    "data": {"sequence": {"start": 0, "stop": 30_000_000, "as": "x"}},
    "mark": "point",
    "encoding": {"x": {"field": "x", "type": "quantitative"}},
}
DRAW_AND_STAY = """
import asyncio
from switchboard.foundation.charts.painter import Painter
async def main():
    painter = Painter()
    await painter.warm()
    print(painter.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(scope="module")
async def painter() -> AsyncGenerator[Painter]:
    made = Painter()
    yield made
    await made.close()


@pytest.fixture
def charts(painter: Painter) -> Charts:
    return Charts(painter)


def named(description: str) -> Definition:
    return {**BARS, "description": description}


async def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    return True


async def test_a_drawing_is_one_picture_with_its_description(charts: Charts):
    drawn = ET.fromstring(await charts.svg(BARS))  # noqa: S314 - our own drawing

    assert drawn.attrib["role"] == "img"
    assert drawn.attrib["aria-label"] == 'Revenue of "A" and <B>, in euros'
    assert drawn.attrib["width"] == "640"
    assert "<B>" in "".join(drawn.itertext())


async def test_a_drawing_fits_a_strict_content_policy(charts: Charts):
    drawn = await charts.svg(BARS)

    assert not re.search(r"\sstyle=|<script|<image|\son\w+=", drawn)
    assert set(re.findall(r"https?://[^\"]+", drawn)) == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


async def test_a_picture_is_twice_as_large_as_it_stands_on_a_page(charts: Charts):
    drawn = await charts.png(BARS)

    assert drawn.startswith(b"\x89PNG")
    assert int.from_bytes(drawn[16:20]) == 2 * 640


async def test_light_and_dark_are_two_pictures(charts: Charts):
    light, dark = await charts.png(BARS), await charts.png(BARS, theme="dark")

    assert light != dark


async def test_the_same_chart_is_the_same_bytes_from_another_process(charts: Charts):
    await charts.svg(named("drawn before, so that clips are numbered on"))
    other = Charts()

    here, there = await charts.svg(BARS), await other.svg(BARS)
    here_large, there_large = await charts.png(BARS), await other.png(BARS)
    await other.close()

    assert here == there
    assert here_large == there_large


async def test_two_charts_on_a_page_share_no_name(charts: Charts):
    one, two = await charts.svg(named("one")), await charts.svg(named("two"))

    names = [set(re.findall(r' id="([^"]+)"', drawn)) for drawn in (one, two)]

    assert names[0]
    assert not names[0] & names[1]
    assert all(f"url(#{name})" in one for name in names[0])


async def test_what_a_definition_says_of_its_looks_wins(charts: Charts):
    drawn = await charts.svg({**BARS, "config": {"mark": {"color": "#123456"}, "axis": {"grid": False}}})

    assert "#123456" in drawn
    assert "Liberation Sans" in drawn


async def test_ordered_categories_have_a_shade_each(charts: Charts):
    rows = [{"level": level, "n": n} for n, level in enumerate(["low", "medium", "high", "critical"], 1)]
    drawn = await charts.svg(
        {
            "description": "customers by level",
            "data": {"values": rows},
            "mark": "bar",
            "encoding": {"x": {"field": "n", "type": "quantitative"}, "color": {"field": "level", "type": "ordinal"}},
        }
    )

    bars = ET.fromstring(drawn).findall(".//*[@class='mark-rect role-mark marks']/*")  # noqa: S314 - our own drawing
    assert len({bar.attrib["fill"] for bar in bars}) == 4


@pytest.mark.parametrize("description", [None, "", "  ", 7])
async def test_a_chart_without_a_description_is_refused(charts: Charts, description: object):
    with pytest.raises(Invalid, match="needs a description"):
        await charts.svg({**BARS, "description": description})


@pytest.mark.parametrize(
    "part",
    [
        {"data": {"url": "https://example.com/orders.csv"}},
        {"layer": [{"data": {"url": "file:///etc/passwd"}, "mark": "bar"}]},
        {"transform": [{"lookup": "id", "from": {"data": {"url": "http://127.0.0.1/"}, "key": "id"}}]},
        {"mark": {"type": "image", "url": "https://example.com/pixel.png"}},
        {"encoding": {"url": {"field": "picture"}}},
        {"encoding": {"href": {"field": "page"}}},
    ],
)
async def test_a_chart_that_would_fetch_or_lead_elsewhere_is_refused(charts: Charts, part: Definition):
    with pytest.raises(Invalid, match="carries its data inside"):
        await charts.svg({**BARS, **part})


async def test_the_drawing_process_itself_fetches_nothing(painter: Painter):
    with pytest.raises(Invalid, match="not allowed"):
        await painter.draw(SVG, 1, '{"data": {"url": "https://example.com/a.csv"}, "mark": "bar"}')


async def test_columns_of_the_data_may_be_called_anything(charts: Charts):
    rows = [{"url": "/shoes", "width": 9_000_000}]

    assert "<svg" in await charts.svg({**BARS, "data": {"values": rows}})


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"width": 5_000}, "width"),
        ({"data": {"values": [{"revenue": float("nan")}]}}, "NaN"),
        ({"data": {"values": ["x" * 5_000_000]}}, "5 MB"),
        ({"mark": "barr"}, "can not be drawn"),
    ],
)
async def test_what_can_not_be_drawn_is_said(charts: Charts, part: Definition, why: str):
    with pytest.raises(Invalid, match=why) as refused:
        await charts.svg({**BARS, **part})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("scale", [0, 0.4, 5, float("nan")])
async def test_a_scale_without_measure_is_refused(charts: Charts, scale: float):
    with pytest.raises(Invalid, match="scale"):
        await charts.png(BARS, scale=scale)


async def test_a_chart_is_drawn_once_for_all_who_ask_at_once_or_again(charts: Charts, painter: Painter):
    slow = named("asked for by ten")
    first = await asyncio.gather(*(charts.svg(slow) for _ in range(10)))
    await painter.close()  # what comes now comes from memory

    again = await charts.svg(slow)

    assert set(first) == {again}
    assert painter.pid is None


async def test_memory_is_bounded_and_keeps_what_was_used_last(painter: Painter):
    charts = Charts(painter, kept_bytes=25_000)
    size = len(await charts.svg(named("a")))
    assert 2 * size < 25_000 < 4 * size
    for description in "bacad":
        await charts.svg(named(description))
    await painter.close()

    await charts.svg(named("a"))
    await charts.svg(named("d"))
    from_memory = painter.pid is None
    await charts.svg(named("b"))

    assert from_memory
    assert painter.pid is not None


async def test_the_next_chart_is_drawn_after_the_process_was_killed(charts: Charts, painter: Painter):
    await charts.svg(named("before"))
    before = painter.pid
    assert before
    os.kill(before, signal.SIGKILL)

    assert "<svg" in await charts.svg(named("after"))
    assert painter.pid not in {None, before}


@pytest.mark.slow
async def test_a_chart_that_takes_too_long_is_given_up_and_the_next_is_drawn():
    painter = Painter(patience_s=6)
    charts = Charts(painter)
    await charts.svg(named("quick"))
    before = painter.pid
    assert before

    with pytest.raises(NotDrawn, match="more than 6 s"):
        await charts.svg(ENDLESS)
    gone = is_gone(before)
    drawn = await charts.svg(named("next"))
    await charts.close()

    assert gone
    assert "<svg" in drawn


async def test_someone_who_goes_away_does_not_take_the_chart_from_others(charts: Charts):
    asked = [asyncio.create_task(charts.svg(named("for two"))) for _ in range(2)]
    await asyncio.sleep(0)
    asked[0].cancel()

    assert "<svg" in await asked[1]
    assert "<svg" in await charts.svg(named("and for a third"))


async def test_an_idle_process_leaves_and_comes_back_when_needed():
    painter = Painter(idle_s=0.1)
    charts = Charts(painter)
    await charts.svg(named("first"))
    await wait_until(lambda: painter.pid is None)

    drawn = await charts.svg(named("second"))
    await charts.close()

    assert "<svg" in drawn


async def test_the_process_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", DRAW_AND_STAY], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()

    await wait_until(lambda: is_gone(worker))


async def test_the_event_loop_goes_on_while_a_chart_is_drawn():
    charts, turns = Charts(), 0
    drawing = asyncio.create_task(charts.png(BARS))
    while not drawing.done():
        await asyncio.sleep(0.005)
        turns += 1
    await charts.close()

    assert turns > 30


async def test_the_process_is_given_no_secret_of_ours(painter: Painter, monkeypatch: pytest.MonkeyPatch):
    await painter.close()
    monkeypatch.setenv("SWITCHBOARD_SECRET_KEY", "x" * 32)
    await painter.warm()

    await wait_until(lambda: b"PYTHONPATH" in Path(f"/proc/{painter.pid}/environ").read_bytes())

    assert b"SECRET" not in Path(f"/proc/{painter.pid}/environ").read_bytes()


@pytest.mark.parametrize("theme", THEMES)
def test_categories_stay_apart_for_every_sight_and_in_grey(theme: Theme):
    for one, other in combinations(COLOURS[theme].categories, 2):
        for sight, matrix in SIGHTS.items():
            apart = float(np.linalg.norm(lab(matrix @ linear(one)) - lab(matrix @ linear(other))))
            assert apart > 15, (one, other, sight)
        assert abs(cast("float", lab(linear(one))[0] - lab(linear(other))[0])) > 7, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_and_words_stand_out_from_their_ground(theme: Theme):
    colours = COLOURS[theme]

    assert all(contrast(colour, colours.ground) >= 3 for colour in colours.categories)
    assert contrast(colours.text, colours.ground) >= 7
    assert contrast(colours.quiet, colours.ground) >= 4.5
