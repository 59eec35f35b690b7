"""A run's result per customer, as the store keeps it: what has a column of its own, and everything else packed.

It is written as PostgreSQL's binary COPY, whole columns at a time. What is packed takes 293 bytes: figures as float32
(seven digits), shares in 65,535ths, the codes of dominant names (255: axis absent) and strengths, and what is expected,
as float32 (NaN: not known).
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, pairwise
from struct import Struct

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from switchboard.intelligence.archetypes import Placement
from switchboard.intelligence.features import FEATURES, MONEY, Features
from switchboard.intelligence.predicting import Predicted
from switchboard.intelligence.predictions.predictor import FIGURES
from switchboard.intelligence.segments import AXES, STRENGTHS, Codes, Segmentation

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
AT_ONCE = 65_536
ABSENT = 255
WHOLE = 65_535
DAY_S = 86_400
NAMES = tuple(FEATURES)
EXPECTED = FIGURES
VOCABULARY = {axis.name: tuple(name.name for name in axis.vocabulary) for axis in AXES.values()}
SHARES = sum(len(names) for names in VOCABULARY.values())
DETAIL = np.dtype([
    ("version", "u1"), ("features", "<f4", (len(NAMES),)), ("shares", "<u2", (SHARES,)),
    ("codes", "u1", (len(AXES),)), ("strengths", "u1", (len(AXES),)), ("expected", "<f4", (len(EXPECTED),)),
])  # fmt: skip
ROW = np.dtype([
    ("fields", ">i2"), ("l0", ">i4"), ("person", ">i8"), ("l1", ">i4"), ("archetype", "S8"), ("l2", ">i4"),
    ("risk", ">i2"), ("l3", ">i4"), ("value", ">i8"), ("l4", ">i4"), ("detail", DETAIL),
])  # fmt: skip
UNPACKED = Struct(f"<B{len(NAMES)}f{SHARES}H{len(AXES)}B{len(AXES)}B{4 * len(EXPECTED)}s")
PROMISED = Struct(f"<{len(EXPECTED)}f")
PARTS = tuple(pairwise(accumulate((0, len(NAMES), SHARES, len(AXES), len(AXES)))))
LENGTHS = (8, 8, 2, 8, DETAIL.itemsize)
CODES = (DETAIL.fields or {})["codes"][1]  # where they begin
VERSION = 2
UNKNOWN = b"\xff"  # bytes that are NaN: what a row of an older version does not have


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything one run worked out of all customers; rows as in `features.persons`."""

    features: Features
    segmentation: Segmentation
    placement: Placement
    tenths: Codes
    predicted: Predicted


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """One customer's packed row read again."""

    features: dict[str, float]
    memberships: dict[str, dict[str, float]]
    dominant: dict[str, str]
    strength: dict[str, str]
    promised: bytes  # EXPECTED as packed

    @cached_property
    def expected(self) -> dict[str, float]:
        """What is expected of them, as far as it is known."""
        return _known(EXPECTED, PROMISED.unpack(self.promised)) if self.promised else {}


async def rows(result: Result) -> AsyncGenerator[bytes]:
    """The rows as the store of served figures takes them, piece by piece."""
    yield HEADER
    for start in range(0, len(result.features), AT_ONCE):
        yield filled(result, slice(start, start + AT_ONCE)).tobytes()
    yield TRAILER


def filled(result: Result, part: slice) -> NDArray[np.void]:
    """The rows of some customers, as COPY has them."""
    ids = np.array([name.encode() for name in result.placement.ids] or [b""], dtype="S8")
    packed = pack(result, part)
    rows = np.zeros(len(packed), ROW)
    rows["fields"] = len(LENGTHS)
    for number, length in enumerate(LENGTHS):
        rows[f"l{number}"] = length
    rows["person"] = result.features.persons[part]
    rows["archetype"] = ids[result.placement.codes[part]]
    rows["risk"] = result.tenths[part]
    rows["value"] = np.rint(result.features["lifetime_value"][part] * MONEY)
    rows["detail"] = packed
    return rows


def pack(result: Result, part: slice) -> NDArray[np.void]:
    """The packed rows of some customers."""
    count = len(result.features.persons[part])
    packed = np.zeros(count, DETAIL)
    packed["version"] = VERSION
    for number, name in enumerate(NAMES):
        packed["features"][:, number] = result.features[name][part]
    first = 0
    for number, (axis, names) in enumerate(VOCABULARY.items()):
        on = result.segmentation.standings.get(axis)
        if on is None:
            packed["codes"][:, number] = ABSENT
        else:
            packed["codes"][:, number], packed["strengths"][:, number] = on.codes[part], on.strengths[part]
            packed["shares"][:, first : first + len(names)] = np.rint(on.shares[:, part].T * WHOLE)
        first += len(names)
    packed["expected"] = result.predicted.figures[part]
    return packed


def unpack(detail: bytes) -> Unpacked:
    """What was packed of one customer: figures that are known, and every axis that is present."""
    numbers = UNPACKED.unpack(detail.ljust(UNPACKED.size, UNKNOWN))[1:]
    figures, shares, codes, strengths = (numbers[start:end] for start, end in PARTS)
    memberships: dict[str, dict[str, float]] = {}
    dominant: dict[str, str] = {}
    strength: dict[str, str] = {}
    for axis, number, names, first in _axes():
        if codes[number] != ABSENT:
            own = shares[first : first + len(names)]
            memberships[axis] = _shares(names, own)
            dominant[axis] = names[codes[number]]
            strength[axis] = STRENGTHS[strengths[number]]
    return Unpacked(
        features=_known(NAMES, figures), memberships=memberships, dominant=dominant, strength=strength,
        promised=numbers[-1],
    )  # fmt: skip


def _known(names: Sequence[str], numbers: tuple[float, ...]) -> dict[str, float]:
    """Those that are known, with the seven digits that were kept: all are written, then read, at once."""
    written = _SEVEN_DIGITS[len(numbers)] % numbers
    read: list[float | None] = from_json(written.replace("nan", "null"))
    return {name: number for name, number in zip(names, read, strict=True) if number is not None}


_SEVEN_DIGITS = {size: f"[{','.join(['%.6e'] * size)}]" for size in (len(NAMES), len(EXPECTED))}


def dominant(detail: bytes) -> dict[str, str]:
    """The dominant segments alone of what was packed of one customer."""
    return _named(detail[CODES : CODES + len(AXES)])


@lru_cache(maxsize=20_000)  # far fewer combinations are met than customers
def _named(codes: bytes) -> dict[str, str]:
    return {axis: names[codes[number]] for axis, number, names, _ in _axes() if codes[number] != ABSENT}


@cache
def _axes() -> tuple[tuple[str, int, tuple[str, ...], int], ...]:
    """Axis, its number, its names, and where its shares begin."""
    found: list[tuple[str, int, tuple[str, ...], int]] = []
    first = 0
    for number, (axis, names) in enumerate(VOCABULARY.items()):
        found.append((axis, number, names, first))
        first += len(names)
    return tuple(found)


def _shares(names: tuple[str, ...], whole: Sequence[int]) -> dict[str, float]:
    """Shares that sum to 1 again after the rounding."""
    total = sum(whole) or 1
    return {name: share / total for name, share in zip(names, whole, strict=True)}
