"""Archetypes: at most sixty named groups that cover the customers, grown from their dominant segments.

One leaf of all customers is split again and again, always the largest, on the first part of a written order that
divides it; a segment too small to stand alone stays in the rest. No figure of the future is used, so the same customers
always give the same tree, and an old tree stays while it still names nearly everybody.

The id of an archetype is the first 8 hex digits of SHA-256 of `repr(sorted(key))`, its key being the pairs (part,
segment) that it fixes, as in [('purchase_frequency', 'weekly'), ('purchase_frequency!', 'weak')]: the same words have
the same id in every run and in every shop.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from switchboard.intelligence.segments import WEAK, Codes, Segmentation

Key = tuple[tuple[str, str], ...]
Rows = npt.NDArray[np.intp]

CUSTOM = "custom"  # the part of a key that holds the id of an archetype of the workspace's own
FADING, LOYAL = "purchase_frequency!", "loyal"  # parts that are no axis: a weak pace, one category
ORDER = (
    "purchase_frequency",
    FADING,
    "purchase_cadence",
    "purchase_value",
    LOYAL,
    "repurchase_behavior",
    "price_sensitivity",
    "return_behavior",
    "customer_maturity",
)
AXIS_OF = {FADING: "purchase_frequency", LOYAL: "category_exploration"}  # the other parts are called as their axis
ONLY = {"purchase_cadence": "out_of_rhythm", LOYAL: "category_loyal", "customer_maturity": "new"}  # the name that tells


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When to stop: shares are of all customers, `fewest` and `most` are counts."""

    least: float = 0.01  # a segment smaller than this stays in the rest
    fewest: int = 10
    enough: float = 0.05  # the largest leaf may stay this large
    most: int = 60
    named: float = 0.95  # an old tree stays while it names this many


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing a key may fix: `codes` (n) are 0 where there is nothing to fix, else index `names` from 1."""

    codes: Codes
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Split:
    """A leaf divided on `part` into the segments `fixed` and a rest.

    The leaf is known by its key and by the parts `used` on the way to it, sorted.
    """

    key: Key
    used: tuple[str, ...]
    part: str
    fixed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The splits in the order they were made."""

    splits: tuple[Split, ...] = ()

    def to_json(self) -> str:
        """The tree as text, to be kept with a run."""
        return _written().dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> "Tree":
        """The tree that `to_json` wrote."""
        return _written().validate_json(text)


@cache
def _written() -> TypeAdapter[Tree]:
    return TypeAdapter(Tree)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Which archetype each customer belongs to: `codes` (n) index `keys`, which stand by size, largest first."""

    codes: Codes
    keys: tuple[Key, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The archetypes' ids, in the order of the keys."""
        return tuple(archetype_id(key) for key in self.keys)


@dataclass(frozen=True)
class _Leaf:
    rows: Rows
    key: Key
    used: tuple[str, ...]


def archetype_id(key: Key) -> str:
    """The 8 hex digits that stand for a key, in every run and every shop; of a workspace's own, its id."""
    own = dict(key).get(CUSTOM)
    if own is not None:
        return own
    return hashlib.sha256(repr(sorted(key)).encode()).hexdigest()[:8]


def segments_in(key: Key) -> dict[str, str]:
    """The segments that a key fixes: {axis: segment}."""
    return {AXIS_OF.get(part, part): segment for part, segment in key if part not in {FADING, CUSTOM}}


def is_fading(key: Key) -> bool:
    """Whether the key fixes that the buying pace is weak: few orders, fading, or between two names."""
    return any(part == FADING for part, _ in key)


def parts(segmentation: Segmentation) -> dict[str, Part]:
    """What keys may fix of these customers; the parts of absent axes are not there."""
    found: dict[str, Part] = {}
    for part in ORDER:
        on = segmentation.standings.get(AXIS_OF.get(part, part))
        if on is None:
            continue
        if part == FADING:
            found[part] = Part(codes=(on.strengths == WEAK).astype(np.uint8), names=("weak",))
        elif part in ONLY:
            found[part] = Part(codes=on.has(ONLY[part]).astype(np.uint8), names=(ONLY[part],))
        else:
            found[part] = Part(codes=(on.codes + 1).astype(np.uint8), names=on.names)
    return found


def settle(
    segmentation: Segmentation, old: Tree | None = None, *, anew: bool = False, limits: Limits | None = None
) -> Tree:
    """The tree for these customers: the old one while it names enough of them, else one grown near it.

    With `anew` (once a quarter) the old one is forgotten.
    """
    found, limit = parts(segmentation), limits or Limits()
    if old is None or anew:
        return grow(found, len(segmentation), limit)
    placed = place(found, old, len(segmentation))
    unnamed = [index for index, key in enumerate(placed.keys) if not key]
    if np.isin(placed.codes, unnamed, invert=True).sum() >= limit.named * len(segmentation):
        return old
    return grow(found, len(segmentation), limit, old)


def grow(found: Mapping[str, Part], customers: int, limits: Limits, old: Tree | None = None) -> Tree:
    """A tree from the root. What the old tree fixed at the same leaf stays while it has half the least size."""
    before = {(split.key, split.used): split.fixed for split in old.splits} if old else {}
    leaves, splits, closed = [_Leaf(np.arange(customers), (), ())], list[Split](), 0
    while leaves:
        leaves.sort(key=lambda leaf: -len(leaf.rows))
        leaf = leaves.pop(0)
        if len(leaf.rows) <= limits.enough * customers:
            break
        room = limits.most - closed - len(leaves)
        least = max(limits.fewest, int(limits.least * customers))
        divided = _divide(leaf, found, least, room, before.get((leaf.key, leaf.used), ()))
        if divided is None:
            closed += 1
            continue
        split, children = divided
        splits.append(split)
        leaves += children
    return Tree(splits=tuple(splits))


def _divide(
    leaf: _Leaf, found: Mapping[str, Part], least: int, room: int, before: tuple[str, ...]
) -> tuple[Split, list[_Leaf]] | None:
    """The leaf split on the first part of the order that divides it into at most `room` leaves, or None."""
    for name in ORDER:
        part = found.get(name)
        if part is None or name in leaf.used or (name == FADING and "purchase_frequency" not in dict(leaf.key)):
            continue
        sizes = np.bincount(part.codes[leaf.rows], minlength=len(part.names) + 1)[1:]
        fixed = tuple(
            sorted(
                segment
                for segment, size in zip(part.names, sizes, strict=True)
                if size and size >= (least / 2 if segment in before else least)
            )
        )
        split = Split(key=leaf.key, used=leaf.used, part=name, fixed=fixed)
        children = [child for child in _children(leaf, split, part) if len(child.rows)]
        if fixed and 2 <= len(children) <= room:
            return split, children
    return None


def _children(leaf: _Leaf, split: Split, part: Part | None) -> list[_Leaf]:
    """The leaves of a split: one per fixed segment, then the rest with the key unchanged, be they empty."""
    used = tuple(sorted((*leaf.used, split.part)))
    if part is None:
        return [_Leaf(leaf.rows, leaf.key, used)]
    codes = part.codes[leaf.rows]
    wanted = [part.names.index(segment) + 1 if segment in part.names else 0 for segment in split.fixed]
    children = [
        _Leaf(leaf.rows[codes == code] if code else leaf.rows[:0], (*leaf.key, (split.part, segment)), used)
        for segment, code in zip(split.fixed, wanted, strict=True)
    ]
    return [*children, _Leaf(leaf.rows[np.isin(codes, wanted, invert=True)], leaf.key, used)]


def keys_of(tree: Tree) -> set[Key]:
    """The keys that customers may be placed under."""
    return {(), *((*split.key, (split.part, segment)) for split in tree.splits for segment in split.fixed)}


def place(found: Mapping[str, Part], tree: Tree, customers: int) -> Placement:
    """Each customer's archetype in this tree; archetypes without members are left out."""
    splits = {(split.key, split.used): split for split in tree.splits}
    todo, done = [_Leaf(np.arange(customers), (), ())], list[_Leaf]()
    while todo:
        leaf = todo.pop()
        split = splits.get((leaf.key, leaf.used))
        if split is not None:
            todo += _children(leaf, split, found.get(split.part))
        elif len(leaf.rows):
            done.append(leaf)
    done.sort(key=lambda leaf: (-len(leaf.rows), archetype_id(leaf.key)))
    codes = np.zeros(customers, np.uint8)
    for index, leaf in enumerate(done):
        codes[leaf.rows] = index
    return Placement(codes=codes, keys=tuple(leaf.key for leaf in done))


def claimed(placement: Placement, claims: Mapping[str, npt.NDArray[np.bool_]]) -> Placement:
    """The placement once a workspace's own archetypes, by id, took their members: the first of them first."""
    codes, keys = placement.codes.astype(np.int64), list(placement.keys)
    free = np.ones(len(codes), np.bool_)
    for own, members in claims.items():
        codes[members & free] = len(keys)
        keys.append(((CUSTOM, own),))
        free &= ~members
    sizes = np.bincount(codes, minlength=len(keys))
    there = sorted(np.flatnonzero(sizes).tolist(), key=lambda code: (-sizes[code], archetype_id(keys[code])))
    places = np.zeros(len(keys), np.uint8)
    places[there] = np.arange(len(there))
    return Placement(codes=places[codes], keys=tuple(keys[code] for code in there))
