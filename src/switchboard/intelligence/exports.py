"""Everybody's figures as a file: one row a customer. It lies sealed with the workspace's data key until it is taken."""

import asyncio
import os
from collections.abc import Iterator
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
from switchboard.intelligence.churn import LEVELS, levels
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.packing import Result
from switchboard.intelligence.segments import AXES, STRENGTHS

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "jsonl", "parquet")
PURPOSE = "intelligence.exports"
ROW_BYTES = 500  # of a customer, about
HOW = {"csv": "format csv, header", "jsonl": "format json", "parquet": "format parquet, compression zstd"}
Columns = dict[str, NDArray[np.generic]]


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


async def write_profiles(work: Work, result: Result, path: Path, kind: Format) -> int:
    """Write every customer's row, in the order of the customers' keys; how many there are.

    In CSV, which people open in a spreadsheet, an id that would be a formula there gets an apostrophe.
    """
    names = await people.ids_of_all(work)
    ids = [names.get(key, "") for key in result.features.persons.tolist()]
    known = np.array([harmless(each) for each in ids] if kind == "csv" else ids, dtype=object)
    key, table = await key_of(work), {"customer_id": known} | columns(result)

    def write() -> None:
        file = made(len(known) * ROW_BYTES, path.parent)
        try:
            _write(table, path_of(file), kind)
            seal_file(path, blocks_of(file), key)
        finally:
            os.close(file)

    await asyncio.to_thread(write)
    return len(known)


def columns(result: Result) -> Columns:
    """Features, dominant segment and strength per axis (empty where an axis is absent), archetype and risk."""
    count = len(result.features)
    found: Columns = {name: result.features[name] for name in FEATURES}
    for axis in AXES:
        on = result.segmentation.standings.get(axis)
        nothing = np.full(count, None, dtype=object)
        found[f"{axis}_segment"] = np.array(on.names, dtype=object)[on.codes] if on else nothing
        found[f"{axis}_strength"] = np.array(STRENGTHS, dtype=object)[on.strengths] if on else nothing
    found["archetype_id"] = np.array(result.placement.ids, dtype=object)[result.placement.codes]
    found["risk_score"] = result.tenths / 10
    found["risk_level"] = np.array(LEVELS, dtype=object)[levels(result.tenths)]
    return found


def _write(table: Columns, path: Path, kind: Format) -> None:
    shown = ", ".join(
        f'nullif("{name}", \'nan\'::double) as "{name}"' if name in FEATURES else f'"{name}"' for name in table
    )
    with duckdb.connect() as database:
        database.register("rows", table)
        database.execute(f"copy (select {shown} from rows) to '{path}' ({HOW[kind]}, use_tmp_file false)")  # noqa: S608 - our own names
