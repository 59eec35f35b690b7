"""How figures read on a page: grouped numbers, money, moments of the shop's zone, names in plain words."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from switchboard.intelligence.charts.months import month_name

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "NGN": "₦"}
NO_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XOF", "XAF", "UGX", "RWF"})
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"


def number(value: float | None, digits: int = 0) -> str:
    """1,234 with so many decimals; a dash for none."""
    return NONE if value is None else f"{value:,.{digits}f}".replace("-", MINUS)


def percent(share: float | None, digits: int = 1) -> str:
    """A share from 0 to 1 in per cent."""
    return NONE if share is None else f"{number(100 * share, digits)}%"


def money(amount: float | None, currency: str, digits: int = 2) -> str:
    """€1,234.50; a currency without a sign of its own by its code."""
    if amount is None:
        return NONE
    sign = MINUS if round(amount, digits) < 0 else ""
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"{sign}{symbol}{abs(amount):,.{0 if currency in NO_CENTS else digits}f}"


def moment(at: datetime, zone: str) -> str:
    """10 December 2011, 00:00 on the clocks of the zone."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%B %Y, %H:%M}"


def day(at: datetime, zone: str) -> str:
    """10 Dec 2011."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there.day} {there:%b %Y}"


def days(count: int | None) -> str:
    """1 day, 12 days; a dash for none."""
    return NONE if count is None else f"{count:,} day{'' if count == 1 else 's'}"


def ago(count: int | None) -> str:
    """Today, 1 day ago, 12 days ago; a dash for never."""
    return "today" if count == 0 else NONE if count is None else f"{days(count)} ago"


def plain(name: str) -> str:
    """A name such as large_baskets as people write it."""
    return name.replace("_", " ").capitalize()


def figure(value: float, unit: str, currency: str) -> str:
    """A feature with its unit."""
    if unit == "share":
        return percent(value)
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    if unit == "currency":
        return money(value, currency, min(digits, 2))
    return f"{number(value, digits)} {unit}"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number, "percent": percent, "money": money, "moment": moment, "day": day, "days": days, "ago": ago,
    "plain": plain, "figure": figure, "month": month_name,
}  # fmt: skip
