"""What is asked and answered of the months ahead."""

from datetime import date

from pydantic import AwareDatetime, Field

from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked, CustomerAsked

MOST_MONTHS = 36


class LtvAsked(CustomerAsked):
    """Whose value, over how many months from the moment on."""

    months: int = Field(default=12, ge=1, le=MOST_MONTHS)


class LtvMonth(Record):
    """One of the months from the moment on, each of 30.4 days."""

    month: int = Field(description="1 is the first")
    expected: float = Field(description="net of refunds, within this month")
    season_index: float | None = Field(description="last year's same days against that year; null: not known")


class LtvForecast(Record):
    """What a customer will spend, net of refunds: expected, and between low and high in four of five cases."""

    customer_id: str
    months: int
    expected: float | None
    low: float | None
    high: float | None
    monthly: tuple[LtvMonth, ...]
    currency: str
    not_enough_data: tuple[str, ...] = Field(description="what the shop lacks for it; then nothing is said")
    as_of: AwareDatetime


class MonthsAhead(Asked):
    """How many months, the one that has begun included."""

    months: int = Field(default=12, ge=1, le=MOST_MONTHS)


class MonthExpected(Record):
    """A month of the workspace's calendar: expected, and between low and high in four of five cases."""

    month: str = Field(description="as in 2026-11")
    expected: float
    low: float
    high: float


class Backtest(Record):
    """The same rule at earlier moments of this shop, against what came."""

    windows: int = Field(description="months ahead that were held against what came")
    mean_error_percent: float = Field(description="mean distance of what came from what was expected")
    covered: float = Field(
        description="share of them between the low and high that would have been served then, by errors known then"
    )


class HolidayAhead(Record):
    """A public holiday of the countries the shop's customers live in."""

    day: date
    name: str
    countries: tuple[str, ...] = Field(description="ISO 3166")


class RevenueForecast(Record):
    """Net revenue by month, guests included; the month that has begun with what it has already."""

    points: tuple[MonthExpected, ...]
    season_known: bool = Field(description="false: the shop has no year behind it, and the present level is expected")
    backtest: Backtest | None = Field(description="null: no month has passed since there is a history to learn from")
    holidays: tuple[HolidayAhead, ...] = Field(
        description="those that fall into the months; the ones that move are looked for where they move to"
    )
    currency: str
    not_enough_data: tuple[str, ...]
    as_of: AwareDatetime


class GrowthProjection(Record):
    """Customers with at least one order ever, at the end of each month."""

    customers: int = Field(description="now")
    points: tuple[MonthExpected, ...]
    season_known: bool
    backtest: Backtest | None
    not_enough_data: tuple[str, ...]
    as_of: AwareDatetime


class ArchetypeGrowthAsked(MonthsAhead):
    """Of the largest archetypes, how many."""

    top_n: int = Field(default=10, ge=1, le=60)


class ArchetypeExpected(Record):
    """Members of an archetype, now and after so many months: between low and high in four of five cases."""

    archetype_id: str
    name: str
    current: int
    expected: float
    low: float
    high: float


class ArchetypeGrowth(Record):
    """The largest archetypes, largest first."""

    months: int
    archetypes: tuple[ArchetypeExpected, ...]
    snapshots: int = Field(description="month ends that it was learned from")
    backtest: Backtest | None
    not_enough_data: tuple[str, ...]
    as_of: AwareDatetime
