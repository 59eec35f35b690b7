"""The rows of a file as a DuckDB query: column i of the file is `c<i>`, as text."""

from switchboard.customers.imports.lines import Text
from switchboard.customers.imports.records import Plan
from switchboard.customers.imports.sources import LONGEST_LINE
from switchboard.customers.imports.sql import identifier, literal


def rows_of(plan: Plan, text: Text | None, path: str) -> str:
    """A query; its rows are in the file's order. `text` is None for Parquet, whose `path` is the file itself.

    No name of the user's stands unquoted in it, and of CSV none at all.
    """
    if plan.format == "parquet" or text is None:
        columns = ", ".join(f"{identifier(name)}::VARCHAR AS c{place}" for place, name in enumerate(plan.columns))
        return f"SELECT {columns} FROM read_parquet({literal(path)})"  # noqa: S608 - quoted by `identifier` and `literal`
    file = literal(str(text.path))
    if plan.format == "jsonl":
        types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in plan.columns)
        columns = ", ".join(f"{identifier(name)} AS c{place}" for place, name in enumerate(plan.columns))
        return (
            f"SELECT {columns} FROM read_json({file}, format = 'newline_delimited', records = 'true', "  # noqa: S608 - quoted by `identifier` and `literal`
            f"ignore_errors = true, maximum_object_size = {2 * LONGEST_LINE}, columns = {{{types}}})"
        )
    types = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(plan.columns)))
    return (
        f"SELECT * FROM read_csv({file}, auto_detect = false, header = false, skip = {plan.header_line}, "  # noqa: S608 - quoted by `literal`
        f"delim = {literal(plan.delimiter)}, quote = '\"', escape = '\"', columns = {{{types}}}, "
        f"max_line_size = {2 * LONGEST_LINE}, store_rejects = true, rejects_limit = 0, rejects_line_size_limit = 1000)"
    )


def json_rows_of(plan: Plan, path: str) -> str:
    """The rows of a Parquet file as JSON, numbered from 1: for the quarantine."""
    pairs = ", ".join(f"{literal(name)}: {identifier(name)}" for name in plan.columns)
    return (
        f"SELECT file_row_number + 1 AS line, to_json({{{pairs}}})::VARCHAR AS written "  # noqa: S608 - quoted by `identifier` and `literal`
        f"FROM read_parquet({literal(path)}, file_row_number = true)"
    )
