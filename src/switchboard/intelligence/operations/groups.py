"""What callers can ask of groups of customers: how one buys, and how two differ."""

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import group_records as records
from switchboard.intelligence.ahead import answered_ahead
from switchboard.intelligence.grouping import groups_of
from switchboard.intelligence.long_questions.asking import may_take_long, takes_long
from switchboard.intelligence.looking import look
from switchboard.intelligence.questions.groups import behaviours, differences, in_both


@operation(
    "intelligence.group_behaviour",
    title="Behaviour of a group",
    permission="intelligence:read",
    reads=True,
    may_lag=True,
)
@may_take_long
@answered_ahead
async def group_behaviour(work: Work, asked: records.BehaviourAsked) -> records.GroupBehaviour:
    """How an archetype, a segment, a filter's customers or the whole shop buy: size, revenue, averages, products."""
    groups = await groups_of(work, asked.as_of, [asked])
    seen = await look(work, asked.as_of, lambda lines, at: behaviours(lines, at, groups, asked.limit))
    (found,) = seen.found
    return records.GroupBehaviour(**dict(found), currency=seen.currency, as_of=seen.as_of)


@operation(
    "intelligence.compare_groups", title="Two groups compared", permission="intelligence:read", reads=True, may_lag=True
)
@takes_long
async def compare_groups(work: Work, asked: records.ComparisonAsked) -> records.Comparison:
    """Two groups, or one and the whole shop, side by side: where they differ most, and how much."""
    if asked.one == asked.other:
        raise Invalid("both groups are the same; name another group as `other`", field="other")
    groups = mine, theirs = await groups_of(work, asked.as_of, [asked.one, asked.other])
    seen = await look(work, asked.as_of, lambda lines, at: behaviours(lines, at, groups, asked.limit))
    one, other = seen.found
    return records.Comparison(
        one=one, other=other, in_both=in_both(mine, theirs, (one.customers, other.customers)),
        differences=differences(one, other), currency=seen.currency, as_of=seen.as_of,
    )  # fmt: skip
