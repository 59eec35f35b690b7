"""A run's result per customer, as the store keeps it: figures to be found by, and everything else packed.

Both are written as PostgreSQL's binary COPY, whole columns at a time. A packed row is 225 bytes: figures as float32
(seven digits), shares in 65,535ths, the codes of dominant names (255: axis absent) and strengths.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.tags import tag
from switchboard.intelligence.archetypes import Placement
from switchboard.intelligence.churn import LEVELS, levels
from switchboard.intelligence.features import FEATURES, MONEY, Features
from switchboard.intelligence.segments import AXES, STRENGTHS, Codes, Segmentation, Standing

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
AT_ONCE = 65_536
ABSENT = 255
WHOLE = 65_535
SECONDS_TO_2000 = 946_684_800
DAY_S = 86_400
BIGINT_TYPE = 20
NAMES = tuple(FEATURES)
VOCABULARY = {axis.name: tuple(name.name for name in axis.vocabulary) for axis in AXES.values()}
SHARES = sum(len(names) for names in VOCABULARY.values())
DETAIL = np.dtype([
    ("version", "u1"), ("features", "<f4", (len(NAMES),)), ("shares", "<u2", (SHARES,)),
    ("codes", "u1", (len(AXES),)), ("strengths", "u1", (len(AXES),)),
])  # fmt: skip
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything one run worked out of all customers; rows as in `features.persons`."""

    features: Features
    segmentation: Segmentation
    placement: Placement
    tenths: Codes


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """One customer's packed row read again."""

    features: dict[str, float]
    memberships: dict[str, dict[str, float]]
    dominant: dict[str, str]
    strength: dict[str, str]


async def details(result: Result) -> AsyncGenerator[bytes]:
    """The rows (person_key, detail), piece by piece."""
    row = np.dtype([("fields", ">i2"), ("a", ">i4"), ("person", ">i8"), ("b", ">i4"), ("detail", DETAIL)])
    yield HEADER
    for start in range(0, len(result.features), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        packed = pack(result, part)
        rows = np.zeros(len(packed), row)
        rows["fields"], rows["a"], rows["b"] = 2, 8, DETAIL.itemsize
        rows["person"], rows["detail"] = result.features.persons[part], packed
        yield rows.tobytes()
    yield TRAILER


async def figures(result: Result, workspace: UUID) -> AsyncGenerator[bytes]:
    """The rows of the served figures, piece by piece."""
    tags = _tags(result, workspace)
    row = _figures_row(len(tags))
    ids = np.array([name.encode() for name in result.placement.ids] or [b""], dtype="S8")
    yield HEADER
    for start in range(0, len(result.features), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows = np.zeros(len(result.features.persons[part]), row)
        _lengths(rows, len(tags))
        rows["person"] = result.features.persons[part]
        rows["archetype"] = ids[result.placement.codes[part]]
        rows["risk"] = result.tenths[part]
        rows["value"] = np.rint(result.features["lifetime_value"][part] * MONEY)
        rows["orders"] = result.features["orders"][part]
        rows["last"] = (result.features["last_order_day"][part] * DAY_S - SECONDS_TO_2000) * 1_000_000
        for number, of_all in enumerate(tags):
            rows["tags"]["tag"][:, number] = of_all[part]
        yield rows.tobytes()
    yield TRAILER


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
    return packed


def unpack(detail: bytes) -> Unpacked:
    """What was packed of one customer: figures that are known, and every axis that is present."""
    row: Any = np.frombuffer(detail, DETAIL)[0]
    known = zip(NAMES, row["features"].tolist(), strict=True)
    codes, strengths, shares = row["codes"].tolist(), row["strengths"].tolist(), row["shares"].tolist()
    memberships: dict[str, dict[str, float]] = {}
    dominant: dict[str, str] = {}
    strength: dict[str, str] = {}
    for axis, number, names, first in _axes():
        if codes[number] != ABSENT:
            own = shares[first : first + len(names)]
            memberships[axis] = _shares(names, own)
            dominant[axis] = names[codes[number]]
            strength[axis] = STRENGTHS[strengths[number]]
    features = {name: _seven_digits(value) for name, value in known if value == value}  # noqa: PLR0124 - not NaN
    return Unpacked(features=features, memberships=memberships, dominant=dominant, strength=strength)


def tag_of_archetype(workspace: UUID, archetype_id: str) -> int:
    """What the members of an archetype are found by."""
    return tag(workspace, "archetype", archetype_id)


def tag_of_level(workspace: UUID, level: str) -> int:
    """What the customers of a risk level are found by."""
    return tag(workspace, "risk", level)


def tag_of_segment(workspace: UUID, axis: str, segment: str) -> int:
    """What the dominant members of a segment are found by."""
    return tag(workspace, axis, segment)


@lru_cache(maxsize=1_000)
def segments_by_tag(workspace: UUID) -> Mapping[int, tuple[str, str]]:
    """The axis and segment behind each tag of segments."""
    return {tag_of_segment(workspace, axis, name): (axis, name) for axis, names in VOCABULARY.items() for name in names}


def _tags(result: Result, workspace: UUID) -> list[NDArray[np.int64]]:
    """One column of tags per thing people are found by."""

    def column(codes: Codes, of_names: Sequence[int]) -> NDArray[np.int64]:
        return np.array(of_names or [0], np.int64)[codes]

    standings: dict[str, Standing] = dict(result.segmentation.standings)
    return [
        column(result.placement.codes, [tag_of_archetype(workspace, each) for each in result.placement.ids]),
        column(levels(result.tenths), [tag_of_level(workspace, level) for level in LEVELS]),
        *(
            column(on.codes, [tag_of_segment(workspace, axis, name) for name in on.names])
            for axis, on in standings.items()
        ),
    ]


def _figures_row(tags: int) -> np.dtype[np.void]:
    return np.dtype([
        ("fields", ">i2"), ("l0", ">i4"), ("person", ">i8"), ("l1", ">i4"), ("archetype", "S8"), ("l2", ">i4"),
        ("risk", ">i2"), ("l3", ">i4"), ("value", ">i8"), ("l4", ">i4"), ("orders", ">i4"), ("l5", ">i4"),
        ("last", ">i8"), ("l6", ">i4"), ("array", ">i4", (5,)), ("tags", [("length", ">i4"), ("tag", ">i8")], (tags,)),
    ])  # fmt: skip


def _lengths(rows: NDArray[np.void], tags: int) -> None:
    rows["fields"] = 7
    for number, length in enumerate((8, 8, 2, 8, 4, 8, 20 + 12 * tags)):
        rows[f"l{number}"] = length
    rows["array"] = (1, 0, BIGINT_TYPE, tags, 1)  # one dimension, no nulls, its type, its length, counted from 1
    rows["tags"]["length"] = 8


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


def _seven_digits(value: float) -> float:
    return float(f"{value:.7g}")
