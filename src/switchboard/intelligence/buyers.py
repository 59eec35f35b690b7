"""Who ever bought something of a category: the sets of all categories of a copy, from one pass over its lines."""

import numpy as np

from switchboard.intelligence.copies import Buyers, Copy, Everybody, fetched
from switchboard.intelligence.sets import SPARSE, Chosen

MOST_BYTES = 256_000_000  # of the sets while they are worked out: a byte for each category and person
LINES = """
select (s.person - $1)::integer as person, p.category from sale s join product p using (product)
where s.gross > 0 and s.person between $1 and $2 and p.category is not null
"""
EXTENT = "select coalesce(max(category), 0), (select coalesce(max(second), 0) from sale) from category"


def buyers(copy: Copy, of: Everybody) -> Buyers | None:
    """The sets of all categories, kept beside the copy; None where they would take too much room."""
    if not copy.buyers:
        copy.buyers.append(_read(copy, of) if len(of) else None)
    return copy.buyers[0]


def of_categories(known: Buyers, of: Everybody, categories: tuple[int, ...]) -> Chosen:
    """Who of everybody bought something of one of these categories."""
    bits = np.bitwise_or.reduce(known.bits[np.array(categories, np.int64)], axis=0)
    return np.unpackbits(bits, count=len(of)).astype(np.bool_)


def _read(copy: Copy, of: Everybody) -> Buyers | None:
    first, last = int(of.persons[0]), int(of.persons[-1])
    with copy.cursor() as cursor:
        ((highest, newest),) = cursor.execute(EXTENT).fetchall()
        if (highest + 1) * (last - first + 1) > MOST_BYTES or last - first >= SPARSE * len(of):
            return None
        lines = fetched(cursor.execute(LINES, [first, last]))
    flags = np.zeros((highest + 1, last - first + 1), np.bool_)
    flags[np.asarray(lines["category"]), np.asarray(lines["person"])] = True
    return Buyers(bits=np.packbits(flags[:, of.persons - first], axis=1), newest=newest)
