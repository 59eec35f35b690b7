"""Snapshots: where one run placed every customer, as compact bytes.

Format: MAGIC, a version byte, the length of the header (4 bytes, little endian), the header as JSON, then one zlib
stream with the columns one after the other: the persons' differences (int64), the days of their last orders (int32),
archetype codes, churn tenths, and the codes of each axis, all bytes. How much somebody belonged is not kept: `as_of`
works it out again.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from switchboard.foundation.errors import Invalid
from switchboard.foundation.vault import DataKey, Place
from switchboard.intelligence.features import Persons
from switchboard.intelligence.packing import Result
from switchboard.intelligence.segments import Codes

MAGIC, VERSION = b"SWBSNAP", 2
Days = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Every customer of a run, persons ascending: the day of the last order, archetype, churn risk in tenths, segments.

    `archetypes` are indices of `archetype_ids`; `axes` has the names of an axis and the index of each customer's
    dominant one; `absent` tells why others are not there.
    """

    persons: Persons
    last_days: Days
    archetype_ids: tuple[str, ...]
    archetypes: Codes
    churn_tenths: Codes
    axes: Mapping[str, tuple[tuple[str, ...], Codes]]
    absent: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Header:
    customers: int
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    absent: tuple[tuple[str, str], ...]
    archetype_ids: tuple[str, ...]


@cache
def _headers() -> TypeAdapter[_Header]:
    return TypeAdapter(_Header)


def roster_of(result: Result) -> Roster:
    """Everybody as they were worked out."""
    segmentation = result.segmentation
    return Roster(
        persons=result.features.persons,
        last_days=result.features["last_order_day"].astype(np.int32),
        archetype_ids=result.placement.ids,
        archetypes=result.placement.codes,
        churn_tenths=result.tenths,
        axes={name: (on.names, on.codes) for name, on in segmentation.standings.items()},
        absent=segmentation.absent,
    )


def encode(kept: Roster) -> bytes:
    """The snapshot as bytes: some five to ten a customer."""
    header = _headers().dump_json(
        _Header(
            customers=len(kept.persons),
            axes=tuple((name, names) for name, (names, _) in kept.axes.items()),
            absent=tuple(kept.absent.items()),
            archetype_ids=kept.archetype_ids,
        )
    )
    steps = np.diff(kept.persons, prepend=np.int64(0)).astype("<i8")
    columns = [steps, kept.last_days.astype("<i4"), kept.archetypes, kept.churn_tenths]
    columns += [codes for _, codes in kept.axes.values()]
    packer = zlib.compressobj(level=1)
    body = [packer.compress(column.tobytes()) for column in columns]
    return b"".join((MAGIC, bytes([VERSION]), struct.pack("<I", len(header)), header, *body, packer.flush()))


def seal(key: DataKey, run: int, packed: bytes) -> bytes:
    """The snapshot as the table keeps it; opens only in this run's row."""
    return key.seal(packed, _place(run))


def unseal(key: DataKey, run: int, kept: bytes) -> Roster:
    """The snapshot behind a sealed one; one of an earlier version lies there as it is."""
    return decode(kept if kept.startswith(MAGIC) else key.open(kept, _place(run)))


def decode(data: bytes) -> Roster:
    """What `encode` wrote; Invalid when the bytes are something else or of another version."""
    start = len(MAGIC) + 5
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise Invalid("This is no snapshot; run the segmentation again.")
    if data[len(MAGIC)] != VERSION:
        raise Invalid(f"This snapshot has the format {data[len(MAGIC)]}, not {VERSION}; run the segmentation again.")
    (length,) = struct.unpack("<I", data[len(MAGIC) + 1 : start])
    header = _headers().validate_json(data[start : start + length])
    body, count = memoryview(zlib.decompress(data[start + length :])), header.customers
    steps: npt.NDArray[np.int64] = np.frombuffer(body[: 8 * count], "<i8").astype(np.int64)
    days = np.frombuffer(body[8 * count : 12 * count], "<i4").astype(np.int32)
    archetypes, tenths, *codes = (
        np.frombuffer(body[at * count : (at + 1) * count], np.uint8) for at in range(12, 14 + len(header.axes))
    )
    return Roster(
        persons=np.cumsum(steps),
        last_days=days,
        archetype_ids=header.archetype_ids,
        archetypes=archetypes,
        churn_tenths=tenths,
        axes={name: (names, of) for (name, names), of in zip(header.axes, codes, strict=True)},
        absent=dict(header.absent),
    )


def without(kept: Roster, persons: Persons) -> Roster | None:
    """The roster without these people; None when none of them is in it."""
    stays = ~np.isin(kept.persons, persons)
    if stays.all():
        return None
    return Roster(
        persons=kept.persons[stays],
        last_days=kept.last_days[stays],
        archetype_ids=kept.archetype_ids,
        archetypes=kept.archetypes[stays],
        churn_tenths=kept.churn_tenths[stays],
        axes={name: (names, codes[stays]) for name, (names, codes) in kept.axes.items()},
        absent=kept.absent,
    )


def _place(run: int) -> Place:
    return Place(table="snapshot", field="people", row=str(run))
