"""What callers can ask of the shop as a whole: what its data lacks, and the scales customers are held against."""

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.intelligence import runs, shop_records, store
from switchboard.intelligence.health import lacks
from switchboard.intelligence.segments import AXES
from switchboard.intelligence.working_out import IntelligenceSettings


@operation("intelligence.data_health", title="Data health", permission="intelligence:read", reads=True)
async def data_health(work: Work, _: Nothing) -> shop_records.DataHealth:
    """What the shop's data holds and lacks, which axes and figures that disables, and what would mend it."""
    run = await runs.served(work)
    return shop_records.DataHealth(
        customers=run.health.customers,
        orders=run.health.orders,
        history_days=run.health.history_days,
        guest_share=run.health.guest_share,
        lacks=tuple(
            shop_records.Lack(missing=each.missing, axes=each.axes, figures=each.figures, remedy=each.remedy)
            for each in lacks(run.health, run.absent)
        ),
        as_of=run.as_of,
    )


@operation("intelligence.axes", title="Axes and segments", permission="intelligence:read", reads=True)
async def axes(work: Work, _: Nothing) -> shop_records.Axes:
    """The eight axes: their segments in order, each with its meaning, member rule and number of customers."""
    settings = await runs.settings_of(work)
    run = await runs.served(work)
    return shop_records.Axes(
        axes=tuple(
            shop_records.AxisShown(
                name=axis.name,
                unit=axis.unit,
                meaning=axis.meaning,
                anchors=settings.segments.anchors_of(axis),
                absent=run.absent.get(axis.name),
                segments=tuple(
                    shop_records.SegmentShown(
                        name=name.name, meaning=name.meaning, rule=rule.text, low=rule.low, high=rule.high,
                        members=run.summary.segments.get(axis.name, {}).get(name.name, 0),
                    )
                    for name, rule in zip(axis.vocabulary, axis.rules(settings.segments.anchors_of(axis)), strict=True)
                ),
            )
            for axis in AXES.values()
        ),
        strong=settings.segments.strong,
        moderate=settings.segments.moderate,
        as_of=run.as_of,
    )  # fmt: skip


@operation("intelligence.preview_settings", title="Preview settings", permission="intelligence:settings", reads=True)
async def preview_settings(work: Work, asked: IntelligenceSettings) -> shop_records.Preview:
    """How many customers each segment would have with these anchors and cuts, beside how many it has now."""
    run = await runs.served(work)
    outcome = await runs.of_moment_with(work, run, asked)
    return shop_records.Preview(
        segments={
            axis: {name: shop_records.Size(now=run.summary.segments.get(axis, {}).get(name, 0), then=then)
                   for name, then in names.items()}
            for axis, names in outcome.summary.segments.items()
        },
        levels={
            name: shop_records.Size(now=run.summary.levels[name], then=then)
            for name, then in outcome.summary.levels.items()
        },
        as_of=run.as_of,
    )  # fmt: skip


@operation("intelligence.set_settings", title="Set settings", permission="intelligence:settings")
async def set_settings(work: Work, asked: IntelligenceSettings) -> IntelligenceSettings:
    """Keep the workspace's own anchors, cuts and value tiers; the next segmentation uses them."""
    await store.set_settings(work, asked.model_dump_json())
    return asked
