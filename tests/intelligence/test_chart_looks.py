"""How charts look: told apart by more than colour, readable in grey and to the colour-blind, names that fit."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest

from switchboard.foundation.charts import Definition, Theme
from switchboard.foundation.charts.theme import COLOURS
from switchboard.intelligence.charts.catalogue import CHARTS
from switchboard.intelligence.charts.parts import (
    DARK_FROM,
    HEAT,
    INK,
    PAPER,
    Bar,
    Cell,
    Spot,
    Times,
    amount,
    bars,
    grid,
    nothing,
    percent,
    short,
    spots,
    width_of,
    wrapped,
)
from tests.sights import SIGHTS, THEMES, contrast, lab, linear

SHADES = np.linspace(0, 1, 101)
APART, APART_IN_GREY = 15, 7  # of CIELAB's distance and lightness, as between the theme's categories
ROWS = [
    Bar(name="Now more", value=30, before=10, told="30"),
    Bar(name="At risk", value=20, before=25, told="20", is_strong=True),
]
CELLS = [Cell(column=str(n), row="2024", shade=n / 4, words=f"{n}", brief=f"{n}") for n in range(5)]
SPOTS = [Spot(name="One", low=1, high=3, middle=2, before=1.5, told="1.5 to 2")]
MADE: Mapping[str, Definition] = {
    "bars": bars(ROWS, "told", width=400),
    "grid": grid(CELLS, "told", width=400),
    "spots": spots(SPOTS, "told", width=400, held_against=(1, "the shop")),
}


def mixed(shade: float) -> str:
    """The colour of a field, as the drawing program mixes it."""
    ends = [np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) for colour in HEAT]
    return "#" + "".join(f"{round(each):02x}" for each in ends[0] + shade * (ends[1] - ends[0]))


def over(colour: str, ground: str, opacity: float) -> str:
    """A colour that lets so much of the ground through."""
    sides = [np.array([int(each[at : at + 2], 16) for at in (1, 3, 5)]) for each in (colour, ground)]
    return "#" + "".join(f"{round(each):02x}" for each in opacity * sides[0] + (1 - opacity) * sides[1])


def encodings(part: Any) -> Iterator[Mapping[str, Any]]:
    """Every encoding of a definition."""
    if isinstance(part, list):
        for each in cast("list[Any]", part):
            yield from encodings(each)
    elif isinstance(part, Mapping):
        for name, value in cast("Mapping[str, Any]", part).items():
            if name == "encoding":
                yield value
            elif name != "data":
                yield from encodings(value)


@pytest.mark.parametrize("made", MADE)
def test_what_has_a_colour_of_its_own_has_words_too(made: str):
    found = list(encodings(MADE[made]))
    assert any("text" in each for each in found)
    for each in found:
        if "color" in each:
            assert {"x", "y"} <= each.keys(), "a place beside the colour"
            assert each["color"].get("legend") is None, "words on the spot, not a key to look up"


def test_now_and_before_differ_in_height_and_place_and_shade():
    layers = cast("list[dict[str, Any]]", MADE["bars"]["layer"])
    now, before = (next(each["mark"] for each in layers if each["mark"].get("height") == height) for height in (10, 4))
    assert now["yOffset"] != before["yOffset"]
    assert before["opacity"] < 0.5


def test_now_and_expected_differ_in_shape():
    shapes = [each["shape"]["value"] for each in encodings(MADE["spots"]) if "shape" in each]
    assert sorted(shapes) == ["circle", "diamond"]


@pytest.mark.parametrize("theme", THEMES)
def test_the_two_colours_of_bars_stay_apart_for_every_sight_and_in_grey(theme: Theme):
    colours = COLOURS[theme]
    plain, strong = colours.categories[:2]
    for sight, matrix in SIGHTS.items():
        assert np.linalg.norm(lab(matrix @ linear(plain)) - lab(matrix @ linear(strong))) > APART, sight
    pairs = [(plain, strong), (plain, over(plain, colours.ground, 0.45))]
    assert all(abs(lab(linear(one))[0] - lab(linear(other))[0]) > APART_IN_GREY for one, other in pairs)
    assert contrast(over(plain, colours.ground, 0.45), colours.ground) > 1.5


@pytest.mark.parametrize("sight", SIGHTS)
def test_more_is_darker_to_every_sight(sight: str):
    light = [lab(SIGHTS[sight] @ linear(mixed(shade)))[0] for shade in SHADES]
    assert all(before > after for before, after in pairwise(light))
    assert light[0] - light[-1] > 60


def test_words_in_fields_stand_out_from_every_shade():
    for shade in SHADES:
        ink = INK if shade < DARK_FROM else PAPER
        assert contrast(ink, mixed(shade)) >= 4.5, shade


def test_no_colour_of_a_field_is_one_that_a_dark_page_turns_into_another():
    of_theme = {each for colours in COLOURS.values() for each in (*colours.categories, colours.text, colours.ground)}
    assert {INK, PAPER, *HEAT}.isdisjoint(of_theme)


def test_fields_without_a_ground_have_words_of_the_themes_colour():
    made = grid([Cell(column="1", row="2", shade=None, words="7", brief="7")], "told", width=300)
    marks = [layer["mark"] for layer in cast("list[dict[str, Any]]", made["layer"])]
    assert "color" not in marks[1]


def test_narrow_fields_have_few_words():
    cells = [Cell(column=str(n), row="r", shade=0.5, words="potential loyal", brief="7") for n in range(5)]

    def said(width: int) -> set[str]:
        data = cast("dict[str, list[dict[str, str]]]", grid(cells, "told", width=width)["data"])
        return {row["words"] for row in data["values"]}

    assert (said(300), said(720)) == ({"7"}, {"potential loyal"})
    assert said(90) == {""}


@pytest.mark.parametrize(
    ("text", "is_shown"),
    [
        ("Tea", "Tea"),
        ("  two\nlines\tand more ", "two lines and more"),
        ("turned \N{RIGHT-TO-LEFT OVERRIDE}round", "turned round"),
        ("a" * 100, "a" * 59 + "…"),
        ("", "(no name)"),
        (None, "(no name)"),
        ("<b>&", "<b>&"),
    ],
)
def test_a_name_is_one_plain_line(text: str | None, is_shown: str):
    assert short(text) == is_shown


@pytest.mark.parametrize("text", ["LANDMARK FRAME COVENT GARDEN + LANDMARK FRAME OXFORD STREET " * 2, "W" * 200, "tea"])
def test_a_name_takes_two_lines_at_most_and_fits(text: str):
    lines = wrapped(text, 270)
    assert len(lines) <= 2
    assert all(width_of(line) <= 270 for line in lines)
    assert ("…" in lines[-1]) == (text != "tea")


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (7, "7"), (12.345, "12.35"), (999, "999"), (9_757, "9,757"), (12_345, "12.3k"), (10_000, "10k"),
     (3_100_000, "3.1M"), (2e9, "2B"), (-4_200_000, "-4.2M"), (None, "unknown")],
)  # fmt: skip
def test_an_amount_takes_few_letters(value: float | None, words: str):
    assert amount(value) == words


@pytest.mark.parametrize(("share", "words"), [(0, "0%"), (0.004, "0.4%"), (0.5, "50%"), (1, "100%"), (None, "unknown")])
def test_a_share_is_told_as_per_cent(share: float | None, words: str):
    assert percent(share) == words


def beyond(ratio: float) -> tuple[set[str], str]:
    """The shapes of a scale up to five times with this on it, and what its axis says."""
    spot = Spot(name="One", low=min(ratio, 1), high=max(ratio, 1), middle=ratio, told="5")
    made = spots([spot], "told", width=600, times=Times(title="Times as much", most=5), held_against=(1, "the shop"))
    shapes = {each["shape"]["value"] for each in encodings(made) if "shape" in each}
    titles = {axis["title"] for each in encodings(made) for axis in [each.get("x", {}).get("axis")] if axis}
    assert len(titles) == 1
    return shapes, titles.pop()


def test_what_goes_beyond_a_scale_is_an_arrow_at_its_end_and_the_scale_says_so():
    assert beyond(3) == ({"circle", "diamond"}, "Times as much")
    assert beyond(40) == ({"circle", "diamond", "triangle-right"}, "Times as much; arrow: beyond")
    assert beyond(0.01) == ({"circle", "diamond", "triangle-left"}, "Times as much; arrow: beyond")


def test_bars_of_nothing_but_zero_and_less_have_no_length():
    made = bars([Bar(name="a", value=-5, told="-5"), Bar(name="b", value=0, told="0")], "told", width=300)
    rows = cast("dict[str, list[dict[str, float]]]", made["data"])["values"]
    assert [row["value"] for row in rows] == [0, 0]


def test_a_picture_of_nothing_says_why_in_lines_that_fit():
    made = nothing("It takes 60 days of history; there are 3. " * 3, 300)
    said = cast("dict[str, list[dict[str, str]]]", made["data"])["values"][0]["words"]
    assert all(width_of(line) < 300 for line in said.split("\n"))
    assert str(made["description"]).startswith("It takes 60 days")


def test_every_chart_has_a_title_and_an_operation():
    assert all(each.title and each.operation.startswith("intelligence.") for each in CHARTS.values())
