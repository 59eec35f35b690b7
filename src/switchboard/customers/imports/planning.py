"""What a file is and how it will be read, found out from a sample of it."""

from switchboard.customers.imports.records import Kind, Overrides, Plan, Preview, Settings, Source


def inspect(source: Source, kind: Kind, overrides: Overrides) -> Plan:
    """The plan for a file, without reading all of it.

    Raises Invalid when the file is empty, of no known format, or lacks a column that must exist; the message says
    which and what to do.
    """
    raise NotImplementedError


def preview(source: Source, plan: Plan, settings: Settings, rows: int = 20) -> Preview:
    """The first rows as they would be read."""
    raise NotImplementedError
