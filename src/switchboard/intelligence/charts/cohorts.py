"""The triangles of cohorts: who came back, and what they were worth."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.months import month_name
from switchboard.intelligence.charts.parts import Cell, amount, grid, nothing, percent
from switchboard.intelligence.question_records import Cohort, CohortMonth, Cohorts

NOT_OVER = "*"
NOBODY = "No cohort has a customer yet."


def retention(of: Cohorts, *, width: int) -> Definition:
    """A row for each month of first orders, a column for each month after it: the share who ordered again."""
    shown = [each for each in of.cohorts if each.customers]
    if not shown:
        return nothing(NOBODY, width)
    most = max((month.retained or 0 for each in shown for month in each.months if month.after), default=0) or 1
    cells = [
        Cell(
            column=str(month.after) if month.after else "All", row=_row(each),
            shade=min((month.retained or 0) / most, 1) if month.after else None,
            words=percent(month.retained) + _star(month) if month.after else f"{each.customers:,}",
            brief=f"{100 * (month.retained or 0):.0f}" if month.after else amount(each.customers, thousands_from=1e3),
        )
        for each in shown
        for month in each.months
    ]  # fmt: skip
    told = "; ".join(
        f"{percent(each.retained)} ordered {each.after} {'month' if each.after == 1 else 'months'} after the first"
        for each in of.retention
        if each.after in {1, 3, 6, 12} and each.retained is not None
    )
    said = f"Retention of {sum(each.customers for each in shown):,} customers of {len(shown)} months"
    return _triangle(cells, f"{said}: {told or 'no month after a first one is over yet'}.", width)


def revenue(of: Cohorts, *, width: int) -> Definition:
    """The same with what a customer of the cohort brought so far."""
    shown = [each for each in of.cohorts if each.customers]
    if not shown:
        return nothing(NOBODY, width)
    most = max((month.value_so_far or 0 for each in shown for month in each.months), default=0)
    most = most if most > 0 else 1
    cells = [
        Cell(
            column=str(month.after), row=_row(each), shade=max(month.value_so_far or 0, 0) / most,
            words=amount(month.value_so_far) + _star(month),
            brief=amount(round(month.value_so_far or 0), thousands_from=1e3),
        )
        for each in shown
        for month in each.months
    ]  # fmt: skip
    first, last = shown[0], shown[0].months[-1]
    told = (
        f"Value of a customer so far, by cohort, in {of.currency}: who came first in {month_name(first.month)} brought"
        f" {amount(first.months[0].value_so_far)} in that month and {amount(last.value_so_far)} after {last.after}"
        f" months"
    )
    return _triangle(cells, f"{told}.", width)


def _triangle(cells: list[Cell], told: str, width: int) -> Definition:
    return grid(cells, told, width=width, titles=("Months after the first order; * is not over", None), per_row=26)


def _row(of: Cohort) -> str:
    return month_name(of.month, short=True)


def _star(of: CohortMonth) -> str:
    return "" if of.is_over else NOT_OVER
