"""Charts of the shop as a whole: who stands where on the axes, what its data lacks, its snapshots, who moved."""

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import (
    MOST_BARS,
    Bar,
    Cell,
    amount,
    bars,
    grid,
    joined,
    nothing,
    percent,
    short,
)
from switchboard.intelligence.past_records import Movement, Snapshots
from switchboard.intelligence.shop_records import Axes, DataHealth, Preview
from switchboard.intelligence.words import plain


def axes(of: Axes, *, width: int) -> Definition:
    """A row for each axis, a field for each of its segments in order: the darker, the more customers."""
    present = [each for each in of.axes if each.absent is None]
    if not any(segment.members for each in present for segment in each.segments):
        return nothing("The shop's data carries none of the axes yet.", width)
    most = max(len(each.segments) for each in present)
    cells = list[Cell]()
    for each in present:
        whole = max(sum(segment.members for segment in each.segments), 1)
        for place in range(most):
            segment = each.segments[place] if place < len(each.segments) else None
            cells.append(
                Cell(
                    column=str(place + 1), row=plain(each.name),
                    shade=None if segment is None else (segment.members / whole) ** 0.5,
                    words="" if segment is None else f"{segment.name.replace('_', ' ')}\n{segment.members:,}",
                    brief="" if segment is None else amount(segment.members),
                )
            )  # fmt: skip
    told = list[str]()
    for each in present:
        largest = max(each.segments, key=lambda segment: segment.members)
        told.append(f"{plain(each.name)}, most are {largest.name.replace('_', ' ')} ({largest.members:,})")
    titles = ("Segments in their order", None)
    return grid(cells, f"Customers by axis and segment: {joined(told, 8)}.", width=width, titles=titles, per_row=48)


def data_health(of: DataHealth, *, width: int) -> Definition:
    """Net revenue of known customers beside that of guests, and in words what the data lacks."""
    if not of.orders:
        return nothing("There are no orders yet, 0 of them.", width)
    rows = [
        Bar(name="Net of known customers", value=1 - of.guest_share, told=percent(1 - of.guest_share), is_strong=True),
        Bar(name="Net of guests", value=of.guest_share, told=percent(of.guest_share)),
    ]
    lacks = joined(short(each.missing, 120).rstrip(".") for each in of.lacks)
    said = f"{of.customers:,} customers, {of.orders:,} orders, {of.history_days:,} days; guests have"
    ends = f". What is lacking: {lacks}" if of.lacks else "; nothing is lacking"
    return bars(rows, f"{said} {percent(of.guest_share)} of net{ends}.", width=width)


def snapshots(of: Snapshots, *, width: int) -> Definition:
    """The customers of each snapshot, newest first."""
    if not of.snapshots:
        return nothing("There is no snapshot up to then; a segmentation keeps one.", width)
    shown = of.snapshots[:MOST_BARS]
    rows = [
        Bar(name=f"{each.as_of:%d %b %Y}, {each.kind} {each.run}", value=each.customers, told=f"{each.customers:,}")
        for each in shown
    ]
    told = joined(f"{each.customers:,} on {each.as_of:%d %b %Y}" for each in shown)
    return bars(rows, f"Customers at the newest {len(shown)} snapshots: {told}.", width=width)


def movement(of: Movement, *, width: int) -> Definition:
    """The largest moves between two snapshots; who stayed is told in words."""
    moved = [each for each in of.moves if each.was != each.became]
    stayed = sum(each.customers for each in of.moves) - sum(each.customers for each in moved)
    said = f"From {of.from_as_of:%d %b %Y} to {of.to_as_of:%d %b %Y} {stayed:,} stayed where they were"
    rest = f"{of.joined:,} joined, {of.left:,} left"
    if not moved:
        return nothing(f"{said}, nobody moved; {rest}.", width)
    rows = [
        Bar(name=f"{_brief(each.was)} → {_brief(each.became)}", value=each.customers, told=f"{each.customers:,}")
        for each in moved
    ]
    told = joined(f"{each.customers:,} from {_brief(each.was)} to {_brief(each.became)}" for each in moved)
    return bars(rows, f"{said}; {told}; {rest}.", width=width)


def preview(of: Preview, *, width: int) -> Definition:
    """The segments and levels that other settings would change most: how many there would be, and are now."""
    sizes = [
        *(
            (f"{plain(axis)}: {_brief(name)}", size)
            for axis, names in of.segments.items()
            for name, size in names.items()
        ),
        *((f"Risk: {name.capitalize()}", size) for name, size in of.levels.items()),
    ]
    changed = sorted(
        (each for each in sizes if each[1].now != each[1].then), key=lambda each: -abs(each[1].then - each[1].now)
    )
    if not changed:
        return nothing(f"None of {len(sizes)} segments and levels would change.", width)
    rows = [
        Bar(name=name, value=size.then, before=size.now, told=f"{size.then:,} · now {size.now:,}")
        for name, size in changed
    ]
    told = joined(f"{name} {size.now:,} to {size.then:,}" for name, size in changed)
    return bars(rows, f"{len(changed)} segments and levels would change: {told}.", width=width)


def _brief(name: str) -> str:
    return short(name.replace("_", " "), 50)
