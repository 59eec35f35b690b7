"""The chart of what needs attention: the money at stake."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.attention_records import Insights
from switchboard.intelligence.charts.parts import Bar, amount, bars, joined, nothing, short


def insights(of: Insights, *, width: int) -> Definition:
    """A bar for each thing that needs attention, most money first."""
    if not of.insights:
        return nothing(of.summary, width)
    rows = [
        Bar(
            name=short(each.sentence, 150), value=each.money, told=f"{amount(each.money)} {of.currency}", is_strong=True
        )
        for each in of.insights
    ]
    told = joined(f"{each.rule.replace('_', ' ')}, {amount(each.money)} {of.currency} at stake" for each in of.insights)
    return bars(rows, f"{of.summary.removesuffix('.')}: {told}.", width=width)
