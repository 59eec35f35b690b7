"""A shop's features and health from its warehouse, and whom of its customers they are of."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from switchboard.customers import numbering
from switchboard.foundation.ground import Work
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.features import AsOf, Features, derived
from switchboard.intelligence.health import health_of
from switchboard.intelligence.sums import NAMES
from switchboard.intelligence.warehouse.asking import Arrow, numbers, open_warehouse, row
from switchboard.intelligence.warehouse.elsewhere import STAY_THERE, Reading
from switchboard.intelligence.warehouse.queries import KEY, feature_query, health_query
from switchboard.intelligence.working_out import Measured


async def read(work: Work, settings: WarehouseSettings, moment: datetime, as_of: AsOf) -> Reading:
    """As `elsewhere.read` says."""
    warehouse = open_warehouse(settings)
    rows = await warehouse.ask(feature_query(warehouse.names, as_of))
    about = await warehouse.ask(health_query(warehouse.names, as_of))
    ids: list[str] = rows[KEY].to_pylist()
    known = await numbering.known_by_id(work, ids, taking_up=True)
    chosen = _chosen(known, numbers(rows, "orders"))
    features = _features(rows, known.survivors, chosen, as_of)
    return Reading(
        moment=moment,
        shop=Measured(features=features, health=health_of(row(about), features), lacks=(STAY_THERE,)),
        left_out=int((known.keys == numbering.NOBODY).sum()),
        merged=int((known.keys != numbering.NOBODY).sum()) - len(chosen),
    )


def _chosen(known: numbering.Known, orders: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows taken, ascending by person: of a merged group the survivor's own, else that with most orders."""
    there = np.flatnonzero(known.keys != numbering.NOBODY)
    root, own = known.survivors[there], known.keys[there] == known.survivors[there]
    order = np.lexsort((known.keys[there], -orders[there], ~own, root))
    there = there[order]
    return there[np.flatnonzero(np.diff(known.survivors[there], prepend=numbering.NOBODY))]


def _features(rows: Arrow, persons: NDArray[np.int64], chosen: NDArray[np.int64], as_of: AsOf) -> Features:
    found = {name: numbers(rows, name)[chosen] for name in NAMES if name != KEY}
    return Features(as_of=as_of, persons=persons[chosen], columns=derived(found, as_of))
