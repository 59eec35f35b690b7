"""The pages of docs/metrics: `python -m switchboard.intelligence.definition_pages docs/metrics` writes them anew."""

import sys
from collections.abc import Iterable
from pathlib import Path

from switchboard.intelligence.definitions import METRICS, SUBJECTS, Defined, anchor
from switchboard.intelligence.metrics import (
    Reckoned,
    Sale,
    Shop,
    Subject,
    Threshold,
    Worked,
    as_told,
    ask_of,
    number,
    told,
)

MADE = "Made from the code by `python -m switchboard.intelligence.definition_pages docs/metrics`; do not edit."
HOW = """Every figure that an answer shows has a definition here: what it is, how it is worked out, what decides it, its
unit, the time it is taken over, where it comes from, and an example worked out by hand. The examples are run by the
tests, on a database, exactly as they stand; thresholds are read from the code that uses them.
`switchboard intelligence define --search WORDS` tells the same in a terminal."""
LINES = (
    ("order", "order"), ("customer", "customer"), ("day", "day"), ("product", "product"), ("category", "category"),
    ("quantity", "quantity"), ("price", "price of one"), ("discount", "discount"), ("refund", "refund"),
)  # fmt: skip


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    return {"README.md": _index()} | {f"{subject.name}.md": _page(subject) for subject in SUBJECTS}


def _index() -> str:
    parts = [f"# Metrics\n\n{MADE}\n\n{HOW}\n"]
    for subject in SUBJECTS:
        rows = "\n".join(
            f"| [`{each.name}`]({subject.name}.md#{anchor(each.name)}) | {each.metric.title} | {each.metric.unit} |"
            for each in _of(subject)
        )
        table = f"| metric | what | unit |\n|---|---|---|\n{rows}\n"
        parts.append(f"## [{subject.title}]({subject.name}.md)\n\n{subject.about}\n\n{table}")
    return "\n".join(parts)


def _page(subject: Subject) -> str:
    parts = [f"# {subject.title}\n\n{MADE} [All metrics](README.md)\n\n{subject.about}\n"]
    parts += [_thresholds(subject.thresholds) + "\n"] if subject.thresholds else []
    parts += [_metric(each) for each in _of(subject)]
    parts += [_shop(shop) for shop in _shops(subject)]
    return "\n".join(parts)


def _of(subject: Subject) -> list[Defined]:
    return [each for each in METRICS.values() if each.subject is subject]


def _metric(of: Defined) -> str:
    period, source = as_told(of.subject, of.metric)
    facts = (
        ("formula", of.metric.formula), ("unit", of.metric.unit), ("period", period), ("source", source),
        ("shown as", ", ".join(f"`{each}`" for each in of.fields)),
    )  # fmt: skip
    parts = [f"## {of.name}\n\n**{of.metric.title}.** {of.metric.definition}\n"]
    parts += ["| | |\n|---|---|\n" + "\n".join(f"| {name} | {_cell(said)} |" for name, said in facts) + "\n"]
    parts += [_thresholds(of.metric.thresholds) + "\n"] if of.metric.thresholds else []
    parts += ["Worked example:\n\n" + "\n".join(_worked(of.subject, each) for each in of.metric.worked) + "\n"]
    return "\n".join(parts)


def _thresholds(of: Iterable[Threshold]) -> str:
    rows = "\n".join(f"| {each.name} | {number(each.value)} | {_cell(each.decides)} |" for each in of)
    return f"| threshold | value | decides |\n|---|---:|---|\n{rows}"


def _worked(subject: Subject, of: Worked | Reckoned) -> str:
    said, ask = told(subject, of), ask_of(subject, of)
    return f"* [{ask.shop.name}](#{_anchor_of(ask.shop)}): {said}" if ask else f"* {said}"


def _anchor_of(shop: Shop) -> str:
    return f"example-{shop.name.replace(' ', '-')}"


def _shops(subject: Subject) -> list[Shop]:
    asks = [ask_of(subject, worked) for metric in subject.metrics for worked in metric.worked]
    return list({ask.shop.name: ask.shop for ask in asks if ask}.values())


def _shop(shop: Shop) -> str:
    used = [(field, title) for field, title in LINES if any(_said(sale, field) not in {"", "1"} for sale in shop.sales)]
    head = f"| {' | '.join(title for _, title in used)} |\n|{'---|' * len(used)}"
    rows = "\n".join(f"| {' | '.join(_said(sale, field) for field, _ in used)} |" for sale in shop.sales)
    about = f"{shop.about} Asked on {shop.as_of}, the day after the last order."
    return f"## Example: {shop.name}\n\n{about}\n\n{head}\n{rows}\n"


def _said(sale: Sale, field: str) -> str:
    if field == "day" and sale.times > 1:
        until = sale.moments[-1].date()
        return f"{sale.day}, again every {sale.every} days to {until}: {sale.times} times"
    value = getattr(sale, field)
    return "" if value is None else number(value) if isinstance(value, int | float) else _cell(str(value))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
