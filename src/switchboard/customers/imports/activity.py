"""A row of an events file as an event: who, what, when, and everything else as properties.

A row without customer_id and e-mail is wrong, as is one without a name or a time. Of rows with the same event_id the
last counts. A properties column that holds no JSON becomes {"properties": text}.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from switchboard.customers.imports.orders import moment_checks
from switchboard.customers.imports.records import Plan, Settings
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.typed import (
    Check,
    Typed,
    cells,
    columns_left,
    id_checks,
    id_field,
    moment_cell,
    text_field,
)
from switchboard.customers.imports.values import in_utc, moment
from switchboard.customers.imports.work import Work

KEEP = ("event_id", "customer", "email", "kind", "at", "properties")


def typed_events(plan: Plan, settings: Settings) -> Typed:
    given = moment_cell(plan, "at")
    zone = ZoneInfo("UTC") if plan.dates.zoned else ZoneInfo(settings.zone)
    checks: list[Check] = [
        ("customer IS NULL AND email IS NULL", "customer_id: missing, and no e-mail"),
        ("kind IS NULL", "kind: missing"),
        *moment_checks("at", given, "wall", (settings.now + timedelta(days=1)).astimezone(zone)),
        *id_checks({"event_id": "event_id", "customer_id": "customer", "email": "email", "kind": "kind"}),
    ]
    return Typed(
        fields={
            "event_id": id_field(plan, "event_id"),
            "customer": id_field(plan, "customer_id"),
            "email": id_field(plan, "email"),
            "kind": text_field(plan, "kind"),
            "wall": moment(given, plan.dates),
            "properties": _properties(plan),
        },
        derived={'"at"': "wall" if plan.dates.zoned else in_utc("wall")},
        checks=tuple(checks),
        keep=tuple('"at"' if name == "at" else name for name in KEEP),
        every_column=True,
    )


def _properties(plan: Plan) -> str:
    """The properties column, and the columns left over beside it."""
    pairs = [f"{{'k': {literal(plan.columns[place])}, 'v': t{place}}}" for place in columns_left(plan)]
    rest = (
        f"to_json(map_from_entries(list_filter([{', '.join(pairs)}], lambda pair: pair.v IS NOT NULL)))"
        if pairs
        else "'{}'::JSON"
    )
    given = cells(plan, "properties")
    if not given:
        return f"{rest}::VARCHAR"
    own = (
        f"CASE WHEN {given[0]} IS NULL THEN '{{}}'::JSON WHEN json_valid({given[0]}) "
        f"AND json_type({given[0]}) = 'OBJECT' THEN {given[0]}::JSON ELSE json_object('properties', {given[0]}) END"
    )
    return f"json_merge_patch({rest}, {own})::VARCHAR"


def events(work: Work) -> None:
    """Makes the table event from `row`, and `dropped`."""
    work.run(
        "CREATE TABLE dropped AS SELECT rowid AS rid, NULL::VARCHAR AS reason FROM row "
        "WHERE reasons IS NULL AND event_id IS NOT NULL QUALIFY rowid < max(rowid) OVER (PARTITION BY event_id)"
    )
    work.run(
        "CREATE TABLE event AS SELECT row_number() OVER (ORDER BY rowid) AS event_no, event_id, customer, email, kind, "
        '"at", properties FROM row WHERE reasons IS NULL AND rowid NOT IN (SELECT rid FROM dropped) ORDER BY event_no'
    )
