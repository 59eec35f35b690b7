"""Snapshots: one run's answer for every customer, as compact bytes.

Format: MAGIC, a version byte, the length of the header (4 bytes, little endian), the header as JSON, then one zlib
stream with the columns one after the other: the persons' differences (int64), archetype codes, churn tenths, and per
axis the codes, the strengths and the shares (k rows), all bytes.
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
from switchboard.intelligence.features import AsOf, Persons
from switchboard.intelligence.segments import Codes, Segmentation, Standing

MAGIC, VERSION = b"SWBSNAP", 1
WHOLE = 255  # a share of 1


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One axis of a snapshot, as in Standing; `shares` (k, n) are in 1/255 and sum to 255 per customer."""

    names: tuple[str, ...]
    codes: Codes
    strengths: Codes
    shares: Codes


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One run: per person (ascending) the axes, the archetype as an index of `archetype_ids`, and the churn tenths."""

    as_of: AsOf
    persons: Persons
    axes: Mapping[str, Kept]
    absent: Mapping[str, str]
    archetype_ids: tuple[str, ...]
    archetypes: Codes
    churn_tenths: Codes


@dataclass(frozen=True, kw_only=True)
class _Header:
    as_of: AsOf
    customers: int
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    absent: tuple[tuple[str, str], ...]
    archetype_ids: tuple[str, ...]


@cache
def _headers() -> TypeAdapter[_Header]:
    return TypeAdapter(_Header)


def compact(on: Standing) -> Kept:
    """An axis with its shares in 1/255: rounded down, the remainder with the dominant name, so that it stays on top."""
    shares = np.floor(on.shares * WHOLE).astype(np.uint8)
    rows = np.arange(len(on.codes))
    shares[on.codes, rows] = 0
    shares[on.codes, rows] = WHOLE - shares.sum(0, dtype=np.uint16)
    return Kept(names=on.names, codes=on.codes, strengths=on.strengths, shares=shares)


def snapshot(
    as_of: AsOf, segmentation: Segmentation, archetype_ids: tuple[str, ...], archetypes: Codes, churn_tenths: Codes
) -> Snapshot:
    """A run's answer, ready to be kept."""
    return Snapshot(
        as_of=as_of,
        persons=segmentation.persons,
        axes={name: compact(on) for name, on in segmentation.standings.items()},
        absent=segmentation.absent,
        archetype_ids=archetype_ids,
        archetypes=archetypes,
        churn_tenths=churn_tenths,
    )


def encode(kept: Snapshot) -> bytes:
    """The snapshot as bytes: some 10 to 30 a customer."""
    header = _headers().dump_json(
        _Header(
            as_of=kept.as_of,
            customers=len(kept.persons),
            axes=tuple((name, on.names) for name, on in kept.axes.items()),
            absent=tuple(kept.absent.items()),
            archetype_ids=kept.archetype_ids,
        )
    )
    packer = zlib.compressobj(level=1)
    body = [packer.compress(np.diff(kept.persons, prepend=np.int64(0)).astype("<i8").tobytes())]
    columns = [kept.archetypes, kept.churn_tenths]
    for on in kept.axes.values():
        columns += [on.codes, on.strengths, on.shares]
    body += [packer.compress(column.tobytes()) for column in columns]
    return b"".join((MAGIC, bytes([VERSION]), struct.pack("<I", len(header)), header, *body, packer.flush()))


def decode(data: bytes) -> Snapshot:
    """The snapshot that `encode` wrote; Invalid when the bytes are something else or of another version."""
    start = len(MAGIC) + 5
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise Invalid("This is no snapshot; run the segmentation again.")
    if data[len(MAGIC)] != VERSION:
        raise Invalid(f"This snapshot has the format {data[len(MAGIC)]}, not {VERSION}; run the segmentation again.")
    (length,) = struct.unpack("<I", data[len(MAGIC) + 1 : start])
    header = _headers().validate_json(data[start : start + length])
    columns = _Columns(zlib.decompress(data[start + length :]), header.customers)
    persons, archetypes, churn = columns.persons(), columns.codes(), columns.codes()
    axes = {
        name: Kept(names=names, codes=columns.codes(), strengths=columns.codes(), shares=columns.table(len(names)))
        for name, names in header.axes
    }
    return Snapshot(
        as_of=header.as_of,
        persons=persons,
        axes=axes,
        absent=dict(header.absent),
        archetype_ids=header.archetype_ids,
        archetypes=archetypes,
        churn_tenths=churn,
    )


class _Columns:
    """The columns of a snapshot's body, read one after the other."""

    def __init__(self, body: bytes, customers: int) -> None:
        self._body, self._customers, self._at = body, customers, 0

    def _next(self, size: int) -> memoryview:
        self._at += size
        return memoryview(self._body)[self._at - size : self._at]

    def persons(self) -> Persons:
        steps: npt.NDArray[np.int64] = np.frombuffer(self._next(8 * self._customers), "<i8").astype(np.int64)
        return np.cumsum(steps)

    def codes(self) -> Codes:
        return np.frombuffer(self._next(self._customers), np.uint8)

    def table(self, rows: int) -> Codes:
        return np.frombuffer(self._next(rows * self._customers), np.uint8).reshape(rows, self._customers)
