"""A file becomes clean, typed, grouped tables in a scratch database."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from switchboard.customers.cards import masked
from switchboard.customers.imports.activity import events, typed_events
from switchboard.customers.imports.cards import mask_cards
from switchboard.customers.imports.dates import decided
from switchboard.customers.imports.detection import is_old_mac
from switchboard.customers.imports.fields import what_of
from switchboard.customers.imports.grouping import categorised, fill_orders, grouped
from switchboard.customers.imports.lines import TOO_LONG, Broken, Reading, Text, checked, nth_present
from switchboard.customers.imports.orders import absent, typed_orders
from switchboard.customers.imports.people import people, typed_people
from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.presets import preset_of
from switchboard.customers.imports.quarantine import Read, collected, rejected
from switchboard.customers.imports.reading import rows_of
from switchboard.customers.imports.records import Counts, Extra, Overrides, Plan, Preview, Settings, Source, Staged
from switchboard.customers.imports.sampling import sample_of
from switchboard.customers.imports.sources import blocks, rows_of_parquet, unpacked_head, unzstd
from switchboard.customers.imports.typed import BETWEEN, Typed, id_field, query_of, text_field
from switchboard.customers.imports.work import Work, working

PACKED = 10  # how many times as large a packed file may be inside
PREVIEWED = 500
"""Lines of the file a preview looks at."""


@contextmanager
def stage(source: Source, plan: Plan, settings: Settings) -> Generator[Staged]:
    """The rows of the file; the scratch directory is removed when the `with` ends.

    Blocking and CPU bound (DuckDB releases the GIL): call it from a thread of its own.
    """
    with working(source, settings) as work:
        text = prepared(work, source, plan)
        work.rows = text.total if text else rows_of_parquet(work.database, source.path)
        plan = whole_file_decides(work, plan, text)
        query = query_of(plan, typed(plan, settings), rows_of(plan, text, str(source.path)))
        work.run(f"CREATE TABLE row AS {_kept(plan, query)}", "reading")
        read = Read(text=text, gone=rejected(work, plan, text))
        extras: tuple[Extra, ...] = ()
        if plan.kind == "orders":
            _orders(work, plan)
        elif plan.kind == "customers":
            extras = people(work, plan)
        else:
            events(work)
        counts = collected(work, plan, read, _counts(work, plan, text))
        work.run("DROP TABLE row; DROP TABLE dropped")
        masked_here = mask_cards(work, plan.kind, extras)
        counts = replace(counts, card_numbers_masked=counts.card_numbers_masked + masked_here)
        yield replace(_staged(work, plan, counts), extras=extras, told_by=settings.told_by)


def _kept(plan: Plan, query: str) -> str:
    """Without the columns that an orders file does not have."""
    left_out = ", ".join(absent(plan)) if plan.kind == "orders" else ""
    return f"SELECT * EXCLUDE ({left_out}) FROM ({query})" if left_out else query  # noqa: S608 - names of our own


def typed(plan: Plan, settings: Settings) -> Typed:
    if plan.kind == "orders":
        return typed_orders(plan, settings)
    return typed_people(plan, settings) if plan.kind == "customers" else typed_events(plan, settings)


def prepared(work: Work, source: Source, plan: Plan) -> Text | None:
    """The text of the file ready for DuckDB; None for Parquet."""
    if plan.format == "parquet":
        return None
    head = unpacked_head(source, plan.compression, 64 << 10)
    reading = Reading(
        encoding=plan.encoding,
        delimiter=plan.delimiter,
        header_end=plan.header_line,
        old_mac=is_old_mac(head),
        tell=lambda lines, read: work.tell("preparing", lines, min(read, source.size)),
    )
    size = source.size if plan.compression == "none" else PACKED * source.size
    copy = work.nameless(size)
    if plan.compression != "zstd":
        original = source.path if plan.compression == "none" else None
        return checked(lambda: blocks(source, plan.compression), reading, copy, original)
    plain, too_long = unzstd(source, work.database, lambda: work.nameless(size))
    text = checked(lambda: blocks(plain, "none"), reading, copy, plain.path)
    return _with_lines_missing(text, too_long) if too_long else text


def _with_lines_missing(text: Text, missing: dict[int, str]) -> Text:
    """The text with line numbers of a file that has these lines too."""
    gone = np.array(sorted(missing), np.int64)
    long = tuple(Broken(line=line, reason=TOO_LONG, text=start + "…") for line, start in missing.items())
    moved = tuple(replace(one, line=int(nth_present(gone, np.array([one.line - 1]))[0])) for one in text.broken)
    return replace(
        text,
        removed=np.union1d(nth_present(gone, text.removed - 1), gone),
        continued=nth_present(gone, text.continued - 1),
        blank=nth_present(gone, text.blank - 1),
        total=text.total + gone.size,
        broken=tuple(sorted([*long, *moved], key=lambda one: one.line)),
    )


def whole_file_decides(work: Work, plan: Plan, text: Text | None) -> Plan:
    """Day or month first by all values, where the sample left it open."""
    if not plan.dates.ambiguous:
        return plan
    field = next(entry.field for entry in plan.mapping if what_of(plan.kind, entry.field) == "moment")
    cell = f"c{plan.columns.index(plan.column(field)[0])}"
    parts = [
        f"try_cast(regexp_extract({cell}, '^\\s*(\\d{{1,2}})[-/.](\\d{{1,2}})', {part}) AS INTEGER)" for part in (1, 2)
    ]
    day, month = work.rows_of(
        f"SELECT count_if({parts[0]} > 12 AND {parts[1]} <= 12), count_if({parts[1]} > 12 AND {parts[0]} <= 12) "  # noqa: S608 - names of our own
        f"FROM ({rows_of(plan, text, str(work.source.path))})"
    )[0]
    work.forget_rejects()
    dates = decided(plan.dates, int(str(day)), int(str(month)))
    kept = tuple(warning for warning in plan.warnings if dates.ambiguous or not warning.startswith("Day and month"))
    return replace(plan, dates=dates, warnings=kept)


def _orders(work: Work, plan: Plan) -> None:
    if preset_of(plan.preset).order_on_first_row:
        fill_orders(work, plan)
    grouped(work, plan)
    mark = plan.category_mark
    if work.settings.products:
        mark = _product_file(work, work.settings.products) or mark
    categorised(work, mark)


def _product_file(work: Work, source: Source) -> str:
    """Names and categories of a second file for products the orders name by id only; the mark of its categories."""
    plan = inspect(source, "products", Overrides())
    text = prepared(work, source, plan)
    fields = {
        "product_id": id_field(plan, "product_id"),
        "product": text_field(plan, "product"),
        "category": text_field(plan, "category", " > "),
    }
    checks = (("product_id IS NULL", "product_id: missing"),)
    typed_products = Typed(fields=fields, derived={}, checks=checks, keep=tuple(fields))
    query = query_of(plan, typed_products, rows_of(plan, text, str(source.path)))
    read = f"SELECT product_id, max(product) AS product, max(category) AS category FROM ({query}) GROUP BY product_id"  # noqa: S608 - made by `typed`
    work.run(
        "CREATE OR REPLACE TABLE named AS SELECT n.* REPLACE (coalesce(n.name, p.product) AS name, "  # noqa: S608 - made by `typed`
        f"coalesce(n.written, p.category) AS written) FROM named n LEFT JOIN ({read}) p USING (product_id)"
    )
    return plan.category_mark


def _counts(work: Work, plan: Plan, text: Text | None) -> Counts:
    """Without what only the quarantine knows."""
    is_orders = plan.kind == "orders"
    return Counts(
        rows=work.number("SELECT count(*) FROM row"),
        accepted=0,
        quarantined=0,
        duplicates=work.number("SELECT count(*) FROM dropped WHERE reason IS NULL"),
        reasons={},
        documents=work.number("SELECT count(*) FROM document") if is_orders else 0,
        orders=work.number("SELECT count_if(is_order) FROM document") if is_orders else 0,
        customers=work.number(f"SELECT count(*) FROM {'customer' if is_orders else 'person'}")  # noqa: S608 - our own names
        if plan.kind != "events"
        else work.number("SELECT count(DISTINCT coalesce(customer, lower(email))) FROM event"),
        products=work.number("SELECT count(*) FROM product") if is_orders else 0,
        undecodable=text.undecodable if text else 0,
    )


def _staged(work: Work, plan: Plan, counts: Counts) -> Staged:
    table = {"orders": ("document", "placed_at"), "customers": ("person", "created_at"), "events": ("event", '"at"')}
    name, moment = table[plan.kind]
    first, last = work.rows_of(f"SELECT min({moment}), max({moment}) FROM {name}")[0]  # noqa: S608 - our own names
    return Staged(
        database=work.database,
        plan=plan,
        counts=counts,
        quarantine=work.settings.quarantine if counts.quarantined else None,
        first_at=first.replace(tzinfo=UTC) if isinstance(first, datetime) else None,
        last_at=last.replace(tzinfo=UTC) if isinstance(last, datetime) else None,
    )


def preview(source: Source, plan: Plan, settings: Settings, rows: int = 20) -> Preview:
    """The first rows as they would be read, before orders are grouped; the last column is the reasons."""
    with working(source, settings) as work:
        text: Text | None = None
        if plan.format != "parquet":
            start = sample_of(source, Overrides(delimiter=plan.delimiter or None, encoding=plan.encoding)).head
            lines = start.encode().splitlines(keepends=True)[: plan.header_line + PREVIEWED]
            reading = Reading(encoding="utf-8", delimiter=plan.delimiter, header_end=plan.header_line)
            text = checked(lambda: iter([b"".join(lines)]), reading, work.nameless(len(start)), None)
        query = query_of(plan, typed(plan, settings), rows_of(plan, text, str(source.path)))
        found = work.database.execute(f"SELECT * FROM ({query}) LIMIT {int(rows)}")  # noqa: S608 - made by `typed`
        columns = tuple(str(column[0]) for column in found.description)
        return Preview(plan=plan, columns=columns, rows=tuple(tuple(map(_shown, row)) for row in found.fetchall()))


def _shown(value: object) -> object:
    return masked(value.replace(BETWEEN, "; ")).text if isinstance(value, str) else value
