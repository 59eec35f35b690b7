"""What needs attention, and why."""

from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.foundation.records import Record

RuleName = Literal[
    "value_at_risk", "behind_forecast", "one_time_buyers", "rising_returns", "falling_category", "concentration",
    "guests", "discount_dependency",
]  # fmt: skip


class Link(Record):
    """Where more is to be seen: an operation and its arguments."""

    operation: str
    arguments: dict[str, JsonValue]


class Insight(Record):
    """Something that needs attention."""

    rule: RuleName
    sentence: str
    figure: float = Field(description="what the rule looks at; `rules` says what it is")
    threshold: float = Field(description="beyond which it needs attention")
    money: float = Field(description="at stake, in `currency`")
    link: Link


class RuleShown(Record):
    """A rule, and what it found."""

    rule: RuleName
    meaning: str
    found: Literal["attention", "fine", "unknown"]
    figure: float | None = Field(description="null where it is not known")
    threshold: float | None = Field(description="null where it follows from figures that are not known")
    unknown: str | None = Field(description="why the figure is not known")


class Insights(Record):
    """At most five things that need attention, most money at stake first."""

    insights: tuple[Insight, ...]
    summary: str = Field(description="one sentence: how many need attention, or that nothing does")
    rules: tuple[RuleShown, ...] = Field(description="all that were asked")
    currency: str
    as_of: AwareDatetime
