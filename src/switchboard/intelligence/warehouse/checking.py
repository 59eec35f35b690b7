"""Whether a warehouse has what the queries need: reached, the columns there, the units right."""

from dataclasses import replace
from datetime import UTC, datetime

from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.settings import WarehouseSettings
from switchboard.intelligence.warehouse.asking import Warehouse, open_warehouse, row
from switchboard.intelligence.warehouse.elsewhere import Looked
from switchboard.intelligence.warehouse.queries import shape_query, units_query

LOOK_S = 60  # what has to answer a question about shapes and counts


async def look(settings: WarehouseSettings, *, whole: bool = True) -> tuple[Looked, ...]:
    """What a warehouse is like, each thing after the ones it needs; the `whole` of it goes over all lines once."""
    try:
        warehouse = open_warehouse(replace(settings, timeout_s=min(settings.timeout_s, LOOK_S)))
        await warehouse.ask(shape_query(warehouse.names))
    except SwitchboardError as error:
        return (Looked(name="warehouse", ok=False, said=str(error)),)
    there = Looked(name="warehouse", ok=True, said=f"{warehouse.place} answers and has all columns of the lines")
    return (there, await _units(warehouse)) if whole else (there,)


async def _units(warehouse: Warehouse) -> Looked:
    try:
        found = row(await warehouse.ask(units_query(warehouse.names)))
    except SwitchboardError as error:
        return Looked(name="lines", ok=False, said=str(error))
    lines, guests, apart, below = (int(found[name] or 0) for name in ("lines", "guests", "days_apart", "below_zero"))
    if not lines:
        return Looked(name="lines", ok=False, said="there is no line yet")
    if apart:
        said = f"{apart} of {lines} lines have days that are not those of their seconds: both count from 1970-01-01"
        return Looked(name="lines", ok=False, said=said)
    if below:
        said = f"{below} of {lines} lines are below zero: what was given back is positive, in the column refund"
        return Looked(name="lines", ok=False, said=said)
    latest = datetime.fromtimestamp(found["latest"] or 0, UTC).isoformat()
    return Looked(name="lines", ok=True, said=f"{lines} lines, {guests} of guests, the latest of {latest}")
