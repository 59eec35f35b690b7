"""How figures read on a page: numbers, money and moments as the workspace's locale, currency and time zone write them.

Words stay English; only the way things are written changes, as Unicode's CLDR has it.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import NumberPattern, get_currency_precision
from jinja2 import pass_context
from jinja2.runtime import Context

from switchboard.accounts.records import FIRST_LOCALE
from switchboard.foundation.operations import OPERATIONS, tool_name
from switchboard.intelligence.words import plain

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
CENTS = 2
FIELDS = "the fields are: "
ASIDE = re.compile(r" \([^()]*\)")
FILE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:csv|jsonl|json|txt|tsv|parquet|gz|zst)\b", re.IGNORECASE)
OF_COMMAND = re.compile(r"(?P<way>with )?--map (?P<field>\w+)=(?P<column>.+?)(?=\?| uses it| if it| \(or |\. |\.?$)")
WITH_OPTION = re.compile(r"with --(?:delimiter|date-order|encoding|decimal-mark)")
FIGURE = re.compile(
    r"(?<![\w.,-])(?P<sign>-?)"
    r"(?P<size>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+(?=[%kMB]| [A-Z]{3}\b)|\d+(?=%| [A-Z]{3}\b))"
    r"(?P<percent>%)?(?: (?P<currency>[A-Z]{3})\b)?"
)
BESIDE = re.compile(r"(?<=[^\W\d_])(?=\d)")  # where CLDR's currencySpacing puts a space, which Babel does not

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
"""What tells a browser: the first that fits, for most say that they are those below, too."""
SYSTEMS = (
    ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "a Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip

REACHED = {"Rows": ("rows", "rows_total"), "Done": ("done", "total"), "Bytes read": ("bytes_read", "bytes_total")}
"""What is told of a job that runs, each with what there is of it in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How one workspace writes."""

    locale: Locale
    zone: ZoneInfo
    currency: str

    def number(self, value: float | None, digits: int = 0) -> str:
        """1,234 with so many decimals; a dash for none."""
        if value is None:
            return NONE
        return _signed(value, digits, lambda size: self._written(size, self.locale.decimal_formats[None], digits))

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share from 0 to 1 in per cent."""
        if share is None:
            return NONE
        pattern = self.locale.percent_formats[None]
        return _signed(share, digits + 2, lambda size: self._written(size, pattern, digits))

    def money(self, amount: float | None, currency: str | None = None, digits: int = CENTS) -> str:
        """€1,234.50, with no more decimals than the currency has."""
        if amount is None:
            return NONE
        of = currency or self.currency
        shown = min(digits, get_currency_precision(of))
        pattern = self.locale.currency_formats["standard"]
        return _signed(amount, shown, lambda size: self._written(size, pattern, shown, currency=of))

    def moment(self, at: datetime) -> str:
        """10 December 2011, 00:00 on the clocks of the zone."""
        there = at.astimezone(self.zone)
        return f"{format_date(there, 'long', self.locale)}, {format_time(there, 'short', locale=self.locale)}"

    def instant(self, at: datetime) -> str:
        """10 Dec 2011, 00:00:00: to the second, for tables."""
        there = at.astimezone(self.zone)
        return f"{format_date(there, 'medium', self.locale)}, {format_time(there, 'medium', locale=self.locale)}"

    def day(self, at: datetime | date) -> str:
        """10 Dec 2011."""
        there = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return format_date(there, "medium", self.locale)

    def month(self, month: str) -> str:
        """2026-11 as November 2026."""
        return format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=self.locale)

    def month_short(self, day: date) -> str:
        """Nov 2026."""
        return format_skeleton("yMMM", day, locale=self.locale)

    def days(self, count: int | None) -> str:
        """1 day, 12 days; a dash for none."""
        return NONE if count is None else f"{self.number(count)} day{'' if count == 1 else 's'}"

    def ago(self, count: int | None) -> str:
        """Today, 1 day ago, 12 days ago; a dash for never."""
        return "today" if count == 0 else NONE if count is None else f"{self.days(count)} ago"

    def figure(self, value: float, unit: str, currency: str | None = None) -> str:
        """A feature with its unit."""
        if unit == "share":
            return self.percent(value)
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
        if unit == "currency":
            return self.money(value, currency, digits)
        return f"{self.number(value, digits)} {unit}"

    def rewritten(self, told: str) -> str:
        """A sentence whose figures are written as in 1,234.5, 27.4% and 1,234 EUR, with them as written here."""
        return FIGURE.sub(self._figure, told)

    def reached(self, progress: Mapping[str, object]) -> dict[str, str]:
        """How far something is, or what came of it: its step, how much of how much is done, its other figures."""
        found = {"Step": str(progress["step"])} if progress.get("step") else {}
        for name, (at, of) in REACHED.items():
            if at in progress:
                whole = progress.get(of)
                found[name] = self._said(progress[at]) + (f" of {self._said(whole)}" if whole else "")
        told = {"step", *(each for pair in REACHED.values() for each in pair)}
        return found | {plain(name): self._said(said) for name, said in progress.items() if name not in told}

    def _figure(self, found: re.Match[str]) -> str:
        size = found["size"].replace(",", "")
        value, digits = float(found["sign"] + size), len(size.partition(".")[2])
        if found["percent"]:
            return self.percent(value / 100, digits)
        if found["currency"] in self.locale.currencies:
            return self.money(value, found["currency"], digits)
        return self.number(value, digits) + (f" {found['currency']}" if found["currency"] else "")

    def _said(self, said: object) -> str:
        return self.number(said) if isinstance(said, int | float) else str(said)

    def _written(self, size: float, pattern: NumberPattern, digits: int, *, currency: str | None = None) -> str:
        shown = copy(pattern)  # which all pages share
        shown.frac_prec = (digits, digits)
        said = shown.apply(size, self.locale, currency=currency, currency_digits=False)
        return BESIDE.sub("\N{NO-BREAK SPACE}", said) if currency else said


def words_of(locale: str, time_zone: str, currency: str) -> Words:
    """How a workspace of these settings writes."""
    return Words(locale=Locale.parse(locale, sep="-"), zone=ZoneInfo(time_zone), currency=currency)


PLAIN = words_of(FIRST_LOCALE, "UTC", "EUR")  # of pages that belong to no workspace


def took(seconds: float) -> str:
    """0.3 s, 12 s, 4 min, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def merged(these: Mapping[str, object], those: Mapping[str, object]) -> dict[str, object]:
    """Both of them in one."""
    return {**these, **those}


def sentence(told: str) -> str:
    """What an error says, as a sentence without names that only programs know; a file's name stays as it is."""
    said = _without_names(told)
    first = said[:1] if FILE.match(said) else said[:1].upper()
    return f"{first}{said[1:]}{'' if said.endswith(('.', '!', '?')) else '.'}"


def _without_names(told: str) -> str:
    """Without the advice that names an operation or all fields of a request; where there is nothing else, its title."""
    named = _names()
    parts = ASIDE.sub(lambda found: "" if named.search(found[0]) else found[0], told).split("; ")
    kept = [each for each in parts if not named.search(each) and not each.startswith(FIELDS)]
    return "; ".join(kept) or named.sub(lambda found: f"“{_titles()[found[0]]}”", told)


@cache
def _titles() -> dict[str, str]:
    """What operations are called, by what they are called in doors for programs."""
    return {name: each.title for each in OPERATIONS.values() for name in (each.name, tool_name(each))}


@cache
def _names() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.'\"“])(?:{'|'.join(map(re.escape, sorted(_titles(), reverse=True)))})(?![\w'\"”])")


def browser(agent: str) -> str:
    """What a browser is called and runs on, of what it says of itself; that itself where it is none we know."""
    name = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if name and system else name or agent


def in_browser(told: str) -> str:
    """What is said of a file's columns, where they are chosen from lists instead of by words of a command."""

    def chosen(found: re.Match[str]) -> str:
        field = f"“{plain(found['field'])}”"
        if found["column"] != "COLUMN":
            return f"“{found['column']}” for {field}"
        return f"by choosing the column of {field}" if found["way"] else f"choose another column for {field}"

    return WITH_OPTION.sub("below “How the file is written”", OF_COMMAND.sub(chosen, told))


def _signed(value: float, digits: int, write: Callable[[float], str]) -> str:
    """With a true minus, which is as wide as a plus; nothing that rounds to zero has one."""
    return f"{MINUS if round(value, digits) < 0 else ''}{write(abs(value))}"


def _of_page(name: str) -> Callable[..., str]:
    """A filter that writes as the page's workspace does."""

    @pass_context
    def written(context: Context, *given: Any, **named: Any) -> str:
        return getattr(context["words"], name)(*given, **named)

    return written


FILTERS: dict[str, Callable[..., object]] = {
    **{name: _of_page(name) for name in (
        "number", "percent", "money", "moment", "instant", "day", "month", "month_short", "days", "ago", "figure",
        "reached", "rewritten",
    )},
    "plain": plain, "sentence": sentence, "browser": browser, "in_browser": in_browser, "took": took,
    "merged": merged,
}  # fmt: skip
