"""What callers can ask of what figures are."""

from switchboard.foundation.errors import Invalid
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.intelligence import definition_records as records
from switchboard.intelligence.definitions import Defined, found, named
from switchboard.intelligence.metrics import as_told, told
from switchboard.intelligence.questions.parts import first_row, next_cursor


@operation("intelligence.define", title="What a figure is", permission="intelligence:read", reads=True)
async def define(_: Work, asked: records.DefineAsked) -> records.Definitions:
    """What figures are: definition, formula, unit, thresholds, source and an example; by name, or in brief by words."""
    if asked.name is not None and asked.search is not None:
        raise Invalid("name: give a name, or words to search for, not both", field="name")
    first = first_row(asked.cursor)
    all_found = [named(asked.name)] if asked.name is not None else found(asked.search or "")
    page = all_found[first : first + asked.limit]
    is_full = asked.detail == "full" or (asked.detail is None and asked.name is not None)
    return records.Definitions(
        definitions=tuple(_shown(each) if is_full else _brief(each) for each in page), total=len(all_found),
        next_cursor=next_cursor(first, len(page), len(all_found)),
    )  # fmt: skip


def _brief(of: Defined) -> records.Definition:
    metric = of.metric
    return records.Definition(
        name=of.name, title=metric.title, definition=metric.definition, unit=metric.unit, link=of.link
    )  # fmt: skip


def _shown(of: Defined) -> records.Definition:
    metric, (period, source) = of.metric, as_told(of.subject, of.metric)
    return records.Definition(
        name=of.name, title=metric.title, definition=metric.definition, formula=metric.formula, unit=metric.unit,
        period=period, source=source, fields=of.fields, link=of.link,
        thresholds=tuple(
            records.ThresholdShown(name=each.name, value=each.value, decides=each.decides)
            for each in (*metric.thresholds, *of.subject.thresholds)
        ),
        example=tuple(told(of.subject, each) for each in metric.worked),
    )  # fmt: skip
