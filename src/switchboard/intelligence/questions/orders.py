"""Lines of customers' orders as the questions read them, and where their orders begin."""

from switchboard.intelligence.features import AsOf

# The lines of a document lie side by side and are of one moment, so that orders are counted without sorting any.
BOUGHT = """
select *, document is distinct from lag(document) over () as begins
from sale where second < {second} and person is not null and gross > 0
"""


def bought(as_of: AsOf) -> str:
    """A query for the lines of customers' orders before the moment; `begins` is true at one line of each order."""
    return BOUGHT.format(second=as_of.second)
