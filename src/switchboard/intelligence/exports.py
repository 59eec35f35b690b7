"""Everybody's figures as a file: one row a customer. It lies sealed with the workspace's data key until it is taken."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import duckdb
import numpy as np
from numpy.typing import NDArray

from switchboard.accounts import tenants
from switchboard.customers import profiles as people
from switchboard.foundation.callers import Caller
from switchboard.foundation.ground import Ground, Work
from switchboard.foundation.spreadsheets import harmless
from switchboard.foundation.unnamed import blocks_of, made, path_of
from switchboard.foundation.vault import opened_file, seal_file
from switchboard.intelligence.archetypes import Rows
from switchboard.intelligence.churn import LEVELS, levels
from switchboard.intelligence.features import FEATURES, Persons
from switchboard.intelligence.packing import Result
from switchboard.intelligence.predictions.predictor import FIGURES
from switchboard.intelligence.predictions.special import Narrow
from switchboard.intelligence.segments import AXES, STRENGTHS

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet")
PURPOSE = "intelligence.exports"
ROW_BYTES = 500  # of a customer, about
HOW = {"csv": "format csv, header", "jsonl": "format json", "parquet": "format parquet, compression zstd"}
Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of customers, called `rows`, and the query that says what of them is written."""

    columns: Columns
    shown: str


def place(data_dir: Path, workspace: UUID, export_id: UUID, kind: Format) -> Path:
    """Where an export lies; the folder is made."""
    folder = data_dir / "exports" / str(workspace)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{export_id}.{kind}.sealed"


def find(data_dir: Path, workspace: UUID, export_id: UUID) -> tuple[Format, Path] | None:
    """An export of the workspace that is there."""
    for kind in FORMATS:
        path = place(data_dir, workspace, export_id, kind)
        if path.exists():
            return kind, path
    return None


def all_of(data_dir: Path, workspace: UUID) -> list[Path]:
    """Every export of the workspace that is there, whatever kind it is."""
    folder = data_dir / "exports" / str(workspace)
    return sorted(folder.iterdir()) if folder.exists() else []


async def key_of(work: Work) -> bytes:
    """What the workspace's exports are sealed with."""
    return (await tenants.data_key(work)).derived(PURPOSE)


async def opened(ground: Ground, caller: Caller, path: Path) -> Iterator[bytes]:
    """What an export of the caller's workspace holds, a MiB at a time."""
    async with ground.work(caller) as work:
        return opened_file(path, await key_of(work))


async def write(work: Work, persons: Persons, table: Table, where: tuple[Path, Format]) -> int:
    """Write a row for each of these customers, in the order of their keys; how many rows there are.

    In CSV, which people open in a spreadsheet, an id that would be a formula there gets an apostrophe.
    """
    names, (path, kind) = await people.ids_of_all(work), where
    ids = [names.get(key, "") for key in persons.tolist()]
    known = np.array([harmless(each) for each in ids] if kind == "csv" else ids, dtype=object)
    key, rows = await key_of(work), {"customer_id": known} | table.columns

    def act() -> int:
        file = made(len(known) * ROW_BYTES, path.parent)
        try:
            count = _write(rows, table.shown, path_of(file), kind)
            seal_file(path, blocks_of(file), key)
        finally:
            os.close(file)
        return count

    return await asyncio.to_thread(act)


def profiles(result: Result, rows: Rows) -> Table:
    """Features, dominant segment and strength per axis (empty where an axis is absent), archetype and risk."""
    count = len(result.features.persons[rows])
    found: Columns = {name: result.features[name][rows] for name in FEATURES}
    for axis in AXES:
        on = result.segmentation.standings.get(axis)
        nothing = np.full(count, None, dtype=object)
        found[f"{axis}_segment"] = np.array(on.names, dtype=object)[on.codes[rows]] if on else nothing
        found[f"{axis}_strength"] = np.array(STRENGTHS, dtype=object)[on.strengths[rows]] if on else nothing
    found["archetype_id"] = np.array(result.placement.ids, dtype=object)[result.placement.codes[rows]]
    found["risk_score"] = result.tenths[rows] / 10
    found["risk_level"] = np.array(LEVELS, dtype=object)[levels(result.tenths[rows])]
    shown = ", ".join(_known(name) if name in FEATURES else f'"{name}"' for name in found)
    return Table(columns=found, shown=f"select customer_id, {shown} from rows")  # noqa: S608 - our own names


def segments(result: Result, rows: Rows) -> Table:
    """How far each customer belongs to each segment, one row each; absent axes are not there."""
    found: Columns = {
        f"{axis}.{name}": on.shares[number, rows]
        for axis, on in result.segmentation.standings.items()
        for number, name in enumerate(on.names)
    }
    return Table(
        columns=found,
        shown="select customer_id, split_part(name, '.', 1) as axis, split_part(name, '.', 2) as segment, membership"
        " from (unpivot rows on columns(* exclude customer_id) into name name value membership)",
    )


def predictions(figures: Narrow, as_of: datetime, horizon: int) -> Table:
    """What is expected of each customer within the horizon; money in the workspace's currency."""
    of = {name: figures[:, number].astype(np.float64) for number, name in enumerate(FIGURES)}
    days = {
        f"next_{name}": np.rint(of[f"next_{name}"]).astype("datetime64[D]").astype("datetime64[s]")
        for name in ("middle", "low", "high")
    }
    found: Columns = {
        "churn_probability": of["churns"], "expected_value": of["value"],
        "value_low": of["value_low"], "value_high": of["value_high"],
        "next_purchase_expected": days["next_middle"], "next_purchase_low": days["next_low"],
        "next_purchase_high": days["next_high"],
    }  # fmt: skip
    shown = ", ".join(f"{name}::date as {name}" if name.startswith("next_") else name for name in found)
    moment = f"'{as_of.isoformat()}' as as_of, {horizon} as horizon_days"
    return Table(columns=found, shown=f"select customer_id, {moment}, {shown} from rows")  # noqa: S608 - of our own


def _known(name: str) -> str:
    return f'nullif("{name}", \'nan\'::double) as "{name}"'


def _write(columns: Columns, shown: str, path: Path, kind: Format) -> int:
    with duckdb.connect() as database:
        database.register("rows", columns)
        written = database.execute(f"copy ({shown}) to '{path}' ({HOW[kind]}, use_tmp_file false)")
        ((count,),) = written.fetchall()
        return int(count)
