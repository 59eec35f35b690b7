"""What changed, for the rooms above that keep a copy of order lines."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from switchboard.customers.store import changes as store
from switchboard.foundation.ground import Work

LINE = np.dtype(
    [
        ("fields", ">i2"),
        *(
            part
            for name, width in (
                ("document", 8), ("person", 8), ("day", 4), ("second", 8), ("product", 8), ("gross", 8),
                ("discount", 8), ("refund", 8),
            )
            for part in ((f"{name} length", ">i4"), (name, f">i{width}"))
        ),
    ]
)  # fmt: skip
"""A line in PostgreSQL's binary COPY. Person 0 is a guest, product 0 is unknown, discount -1 is not stated."""
HEADER_BYTES = 19  # of a binary COPY, before its first row


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as figures show it; `category` is the top level of its path, `earlier` the names it had before."""

    key: int
    product_id: str
    name: str | None
    category: str | None
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Up to where changes were seen, on which server; who was then merged into whom, and what products there were."""

    cluster: str
    snapshot: str
    catalogue: str = ""
    merged: Mapping[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the copy lacks beside the lines that were streamed; `since` is None when it must begin anew.

    All products, or None where they are what they were.
    """

    since: Cursor | None
    until: Cursor
    gone: tuple[int, ...]
    products: tuple[Product, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPeople:
    """Some people whose orders a stream changed after the cursor, and up to where that was looked for."""

    keys: tuple[int, ...]
    until: Cursor


async def changed_people(work: Work, since: Cursor | None, at_most: int) -> ChangedPeople:
    """At most so many of the people whose orders a stream changed after the cursor; a cursor of elsewhere is none."""
    cluster = await store.cluster(work)
    usable = since.snapshot if since is not None and since.cluster == cluster else None
    until = Cursor(cluster=cluster, snapshot=await store.snapshot(work))
    return ChangedPeople(keys=tuple(await store.changed_people(work, usable, at_most)), until=until)


async def forget_changed(work: Work, seen: Cursor) -> None:
    """Forget the people that changed before this: whoever follows has seen them."""
    await store.forget_changed(work, seen.snapshot)


async def lines_of(work: Work, person_keys: Sequence[int]) -> NDArray[np.void]:
    """All lines of these people, as LINE."""
    pieces: list[bytes] = []

    async def take(piece: bytes) -> None:
        pieces.append(piece)

    await store.copy_lines_of(work, person_keys, take)
    received = b"".join(pieces)[HEADER_BYTES:]
    return np.frombuffer(received, LINE, len(received) // LINE.itemsize)


async def categories_of(work: Work, product_keys: Sequence[int]) -> dict[int, str]:
    """The top category of each of these products that has one."""
    return await store.categories(work, product_keys)


async def copy_changes(
    work: Work, since: Cursor | None, take: Callable[[bytes], Coroutine[None, None, None]]
) -> Changes:
    """Give `take` the lines of all documents changed since the cursor, as binary COPY of LINE; the rest is returned.

    A changed document comes with all its lines, and so do all documents of people who were merged, or un-merged, since;
    lines name the person as the document does: `until.merged` says who stands for them. A cursor of another server, or
    of another history of this one (a restored backup), counts as none: everything comes. The unit of work must see one
    moment.
    """
    cluster = await store.cluster(work)
    usable = since if since is not None and since.cluster == cluster else None
    merged = await store.merged(work)
    catalogue = await store.catalogue(work)
    until = Cursor(cluster=cluster, snapshot=await store.snapshot(work), merged=merged, catalogue=catalogue)
    moved = sorted({each for each, _ in usable.merged.items() ^ merged.items()}) if usable else []
    await store.copy_lines(work, usable.snapshot if usable else None, moved, take)
    gone = await store.gone(work, usable.snapshot) if usable else []
    products = None if usable and usable.catalogue == catalogue else await _products(work)
    return Changes(since=usable, until=until, gone=tuple(gone), products=products)


async def _products(work: Work) -> tuple[Product, ...]:
    return tuple(
        Product(
            key=row["product_key"],
            product_id=row["product_id"],
            name=row["name"],
            category=row["top"],
            earlier=tuple(row["earlier"]),
        )
        for row in await store.products(work)
    )
