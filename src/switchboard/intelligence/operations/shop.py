"""What callers can ask of the shop as a whole: what its data lacks, and the scales customers are held against."""

import asyncio

from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import undone_by
from switchboard.intelligence import records, runs, shop_records, store
from switchboard.intelligence.features import FEATURES
from switchboard.intelligence.health import lacks
from switchboard.intelligence.long_questions.asking import may_take_long, takes_long
from switchboard.intelligence.segments import AXES
from switchboard.intelligence.working_out import IntelligenceSettings, sizes_with

SOURCE = "the lines of the shop's imported orders and refunds"


@operation("intelligence.data_health", title="Data health", permission="intelligence:read", reads=True, may_lag=True)
@may_take_long
async def data_health(work: Work, asked: records.Asked) -> shop_records.DataHealth:
    """What the shop's data holds and lacks, which axes and figures that disables, and what would mend it."""
    as_of = await runs.answered(work, asked.as_of)
    of = await runs.of_moment(work, as_of)
    return shop_records.DataHealth(
        customers=of.health.customers,
        orders=of.health.orders,
        history_days=of.health.history_days,
        guest_share=of.health.guest_share,
        lacks=tuple(
            shop_records.Lack(missing=each.missing, axes=each.axes, figures=each.figures, remedy=each.remedy)
            for each in lacks(of.health, of.absent)
        ),
        as_of=as_of,
    )


@operation("intelligence.axes", title="Axes and segments", permission="intelligence:read", reads=True, may_lag=True)
@may_take_long
async def axes(work: Work, asked: records.Asked) -> shop_records.Axes:
    """The eight axes: their segments in order, each with its meaning, member rule and number of customers."""
    settings = await runs.settings_of(work)
    as_of = await runs.answered(work, asked.as_of)
    of = await runs.of_moment(work, as_of)
    return shop_records.Axes(
        axes=tuple(
            shop_records.AxisShown(
                name=axis.name,
                unit=axis.unit,
                meaning=axis.meaning,
                anchors=settings.segments.anchors_of(axis),
                absent=of.absent.get(axis.name),
                segments=tuple(
                    shop_records.SegmentShown(
                        name=name.name, meaning=name.meaning, rule=rule.text, low=rule.low, high=rule.high,
                        members=of.summary.segments.get(axis.name, {}).get(name.name, 0),
                    )
                    for name, rule in zip(axis.vocabulary, axis.rules(settings.segments.anchors_of(axis)), strict=True)
                ),
            )
            for axis in AXES.values()
        ),
        strong=settings.segments.strong,
        moderate=settings.segments.moderate,
        as_of=as_of,
    )  # fmt: skip


@operation("intelligence.features", title="Features", permission="intelligence:read", reads=True, may_lag=True)
async def features(work: Work, asked: records.Asked) -> shop_records.FeaturesShown:
    """Every figure of a profile: its unit, the time it is taken over, what it means, how it is worked out."""
    as_of = await (runs.answered(work, None) if asked.as_of is None else runs.until(work, asked.as_of))
    return shop_records.FeaturesShown(
        features=tuple(
            shop_records.FeatureShown(
                name=each.name, unit=each.unit, period=each.period, meaning=each.meaning, definition=each.definition,
                axes=each.axes,
            )
            for each in FEATURES.values()
        ),
        source=SOURCE, as_of=as_of,
    )  # fmt: skip


@operation("intelligence.preview_settings", title="Preview settings", permission="intelligence:settings", reads=True)
@takes_long
async def preview_settings(work: Work, asked: shop_records.PreviewAsked) -> shop_records.Preview:
    """How many customers each segment would have with these anchors and cuts, beside how many it has now."""
    as_of = await runs.answered(work, asked.as_of)
    run = await runs.served(work)
    outcome = await runs.in_the_past(work, run, as_of)
    of = run if as_of == run.as_of else outcome
    segments, levels = await asyncio.to_thread(sizes_with, outcome, asked.segments)
    return shop_records.Preview(
        segments={
            axis: {name: shop_records.Size(now=of.summary.segments.get(axis, {}).get(name, 0), then=then)
                   for name, then in names.items()}
            for axis, names in segments.items()
        },
        levels={
            name: shop_records.Size(now=of.summary.levels[name], then=then)
            for name, then in levels.items()
        },
        as_of=as_of,
    )  # fmt: skip


@operation("intelligence.settings", title="Settings of segments", permission="intelligence:read", reads=True)
async def settings(work: Work, _: Nothing) -> IntelligenceSettings:
    """The workspace's anchors where it set its own, the cuts of strength and the tiers of lifetime value."""
    return await runs.settings_of(work)


@operation(
    "intelligence.set_settings",
    title="Set settings",
    permission="intelligence:settings",
    undo=undone_by("intelligence.set_settings", "with the settings before"),
)
async def set_settings(work: Work, asked: IntelligenceSettings) -> IntelligenceSettings:
    """Keep the workspace's own anchors, cuts and value tiers; the next segmentation uses them."""
    await store.set_settings(work, asked.model_dump_json())
    return asked
