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


class Dismissed(Record):
    """A rule whose insight is not shown for a while."""

    rule: RuleName
    until: AwareDatetime


class DismissAsked(Record):
    """Which rule's insight, and for how long."""

    rule: RuleName
    days: int = Field(default=30, ge=1, le=365, description="after which it is shown again, if it still holds")


class RestoreAsked(Record):
    """Which rule's insight is to be shown again."""

    rule: RuleName


class DismissedList(Record):
    """All rules that are dismissed."""

    dismissed: tuple[Dismissed, ...]


class Insights(Record):
    """At most five things that need attention, most money at stake first."""

    insights: tuple[Insight, ...]
    dismissed: tuple[Dismissed, ...] = Field(default=(), description="rules whose insights are not among them")
    summary: str = Field(description="one sentence: how many need attention, or that nothing does")
    rules: tuple[RuleShown, ...] = Field(description="all that were asked")
    currency: str
    as_of: AwareDatetime
