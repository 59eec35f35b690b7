"""Retention: how long each kind of data is kept, and what would go now."""

from starlette.responses import Response

from switchboard.console import tables
from switchboard.console.visits import Visit
from switchboard.customers.retention.operations import apply_retention, retention, set_retention
from switchboard.customers.retention.records import ApplyAsked, RetentionAsked, RetentionChange
from switchboard.foundation.errors import Invalid
from switchboard.foundation.reading import read_values

PATH = "/settings/retention"
HEAD = ("kind", "about", "keeps_days", "default_days", "is_set", "would_go")


async def show(visit: Visit) -> Response:
    """The page; counting what would go is asked for, as it takes a while in a large shop."""
    counts = visit.request.query_params.get("count") == "1"
    if name := tables.wanted(visit):
        found = await visit.ask(retention, RetentionAsked(count=counts))
        rows = [[getattr(each, key) for key in HEAD] for each in found.kinds]
        return tables.as_file(name, {"retention": (HEAD, rows)})
    return await _page(visit, counts=counts)


async def change(visit: Visit) -> Response:
    """Keep a kind for so many days, for ever, or as usual."""
    fields = await visit.form()
    how, days = fields.get("how", "days"), fields.get("days", "").strip()
    asked = {"kind": fields.get("kind", ""), "for_ever": how == "for_ever", "as_usual": how == "as_usual",
             **({"days": days} if how == "days" else {})}  # fmt: skip
    try:
        await visit.ask(set_retention, read_values(RetentionChange, asked))
    except Invalid as error:
        return await _page(visit, counts=False, wrong={fields.get("kind", ""): str(error)}, status=error.status)
    return visit.after(PATH, "Saved. What is older goes in the night that follows.")


async def apply(visit: Visit) -> Response:
    """Remove now what is older than it is kept."""
    await visit.form()
    done = await visit.ask(apply_retention, ApplyAsked(dry_run=False))
    count = sum(each.count for each in done.removed)
    return visit.after(PATH, f"{visit.words.number(count)} entries were removed.")


async def _page(
    visit: Visit, *, counts: bool, wrong: dict[str, str] | None = None, status: int = 200
) -> Response:  # fmt: skip
    found = await visit.ask(retention, RetentionAsked(count=counts))
    shown = {
        "kinds": found.kinds, "counts": counts, "wrong": wrong or {},
        "may_change": visit.caller.may(set_retention.permission), "may_take": tables.may_take(visit),
        "going": sum(each.would_go or 0 for each in found.kinds),
    }  # fmt: skip
    return visit.page("retention.html", shown, status)


PAGES = ((PATH, "GET", show), (PATH, "POST", change), (f"{PATH}/apply", "POST", apply))
