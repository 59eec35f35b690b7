"""Answers as people read them."""

import pytest

from switchboard.cli.shown import plain, show
from switchboard.foundation.records import Record


class Thing(Record):
    """Something with a name."""

    name: str
    of: dict[str, object] | None = None


class Things(Record):
    """Several of them."""

    things: tuple[Thing, ...]


class Figures(Record):
    """Some figures."""

    spent: float


def shown(answer: Record, capsys: pytest.CaptureFixture[str]) -> str:
    show(answer)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["[/x]", "[bold red]x[/bold red]", "[link=http://example.com]y[/link]"])
def test_what_customers_wrote_is_no_markup(name: str, capsys: pytest.CaptureFixture[str]):
    assert name in shown(Thing(name=name), capsys)
    assert name in shown(Things(things=(Thing(name=name),)), capsys)


def test_what_customers_wrote_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]):
    said = shown(Thing(name="a\x1b]0;b\x07\u202ec", of={"\x1b[31m": "d"}), capsys)
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


@pytest.mark.parametrize("text", ["Ünï 日本", "12\u00a0345", "two\nlines"])
def test_letters_of_all_languages_stay(text: str):
    assert plain(text) == text


def test_what_is_inside_reads_as_words(capsys: pytest.CaptureFixture[str]):
    said = shown(Thing(name="x", of={"frequency": {"weekly": 1.0, "regular": 0.25, "none": None}}), capsys)
    assert "frequency: weekly 1, regular 0.25" in said


def test_a_list_of_nothing_says_so(capsys: pytest.CaptureFixture[str]):
    assert shown(Things(things=()), capsys).strip() == "no things"


@pytest.mark.parametrize(
    ("figure", "read"),
    [
        (57120.91, "57,120.91"), (848.55, "848.55"), (5030.6, "5,030.60"), (-1234567.0, "-1,234,567"),
        (0.33333, "0.3333"), (12.5, "12.5"), (0.0, "0"),
    ],
)  # fmt: skip
def test_no_money_is_rounded_away(figure: float, read: str, capsys: pytest.CaptureFixture[str]):
    show(Figures(spent=figure))
    assert capsys.readouterr().out.split() == ["spent", read]


class Wide(Record):
    """Something of which much is told."""

    a1: str
    a2: str
    a3: str
    a4: str
    a5: str
    a6: str
    a7: str
    a8: str
    a9: str


class OneWide(Record):
    """A list of it."""

    things: tuple[Wide, ...]


def test_a_list_of_one_thing_of_which_much_is_told_has_a_line_for_each_fact(capsys: pytest.CaptureFixture[str]):
    wide = Wide(**{f"a{number}": f"said {number}" for number in range(1, 10)})
    alone, two = (shown(OneWide(things=(wide,) * count), capsys) for count in (1, 2))
    assert [len([line for line in said.splitlines() if "said" in line]) for said in (alone, two)] == [9, 2]
