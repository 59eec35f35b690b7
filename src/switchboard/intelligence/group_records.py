"""Questions about groups of customers, and their answers."""

from typing import Literal

from pydantic import AwareDatetime, Field

from switchboard.customers.filters.records import FilterJson
from switchboard.foundation.records import Record
from switchboard.intelligence.records import Asked
from switchboard.intelligence.segments import AXES, SEGMENTS_IN_WORDS

ARCHETYPE = "an archetype, as profiles, search and top_archetypes name it"
AXIS = f"with segment_name, all whose dominant segment it is; {', '.join(AXES)}"


class GroupRef(Record):
    """A group: an archetype, a segment of an axis, a saved filter, or one written here; else it is the whole shop."""

    archetype_id: str | None = Field(default=None, min_length=1, max_length=40, description=ARCHETYPE)
    axis_name: str | None = Field(default=None, max_length=40, description=AXIS)
    segment_name: str | None = Field(default=None, max_length=40, description=SEGMENTS_IN_WORDS)
    audience: str | None = Field(default=None, min_length=1, max_length=100, description="a saved filter, by its name")
    filter: FilterJson | None = None


class BehaviourAsked(Asked, GroupRef):
    """Which group; without one it is the whole shop."""

    limit: int = Field(default=5, ge=1, le=50, description="of products, and of categories")


class ComparisonAsked(Asked):
    """Which two groups."""

    one: GroupRef
    other: GroupRef
    limit: int = Field(default=5, ge=1, le=50, description="of products, and of categories")


class GroupShown(Record):
    """The group that an answer is about."""

    kind: Literal["archetype", "segment", "audience", "filter", "shop"]
    name: str
    archetype_id: str | None = None
    axis_name: str | None = None
    segment_name: str | None = None
    audience: str | None = None


class FeatureMean(Record):
    """A figure of customers, over those of the group who have it; intelligence.features explains it."""

    feature: str
    unit: str
    mean: float | None = Field(description="null where nobody of the group has the figure")
    shop_mean: float | None
    lift: float | None = Field(description="mean / shop mean; null where that is 0 or not known")


class Bought(Record):
    """A product or a category, and what the group spends on it against what all customers do."""

    product_id: str | None = Field(default=None, description="null for a category")
    name: str | None
    net: float = Field(description="after discounts and refunds")
    lines: int = Field(description="order lines: quantities are not looked at")
    share: float | None = Field(description="of the group's net of all products; null where that is not positive")
    shop_share: float | None = Field(description="of all customers' net of all products")
    lift: float | None = Field(description="share / shop_share")


class Behaviour(Record):
    """How the customers of a group buy."""

    group: GroupShown
    customers: int
    share: float = Field(description="of all customers, 0 to 1")
    total_value: float = Field(description="their lifetime value")
    value_share: float | None = Field(description="of the lifetime value of all; null where that is not positive")
    features: tuple[FeatureMean, ...]
    products: tuple[Bought, ...] = Field(description="what the group spends most on first")
    categories: tuple[Bought, ...] = Field(description="what the group spends most on first")


class GroupBehaviour(Behaviour):
    """How the customers of a group buy, and of which moment that is."""

    currency: str
    as_of: AwareDatetime


class Difference(Record):
    """A figure in which two groups differ."""

    feature: str
    unit: str
    one: float | None
    other: float | None
    ratio: float | None = Field(description="one / other; null where that is 0 or not known")


class Comparison(Record):
    """Two groups side by side."""

    one: Behaviour
    other: Behaviour
    in_both: int = Field(description="customers of both groups")
    differences: tuple[Difference, ...] = Field(description="those that differ most first, by their ratio")
    currency: str
    as_of: AwareDatetime
