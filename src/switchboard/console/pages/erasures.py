"""Forgetting one customer: what would be deleted, and then, with the id typed once more, doing it."""

from starlette.responses import Response

from switchboard.console.filled import EMPTY, Filled
from switchboard.console.pages.customer import erase_address
from switchboard.console.visits import Visit
from switchboard.customers.erasure.operations import erase, preview_erasure
from switchboard.customers.erasure.records import EraseAsked, PreviewAsked
from switchboard.foundation.errors import Invalid, LimitReached
from switchboard.foundation.reading import read_values

REASONS = (("asked", "They asked for it"), ("legal", "An authority ordered it"), ("other", "Another reason"))


async def show(visit: Visit) -> Response:
    """What would be deleted; nothing is."""
    return await _page(visit, EMPTY)


async def forget(visit: Visit) -> Response:
    """Delete it, when the id was typed once more."""
    fields = await visit.form()
    said = {"confirm": fields.get("confirm", "").strip(), "reason": fields.get("reason", "asked")}
    try:
        asked = read_values(EraseAsked, {"customer_id": _who(visit), **said})
        done = await visit.ask(erase, asked)
    except (Invalid, LimitReached) as error:
        return await _page(visit, Filled.after(said, error), error.status)
    people = "1 person is" if done.people == 1 else f"{done.people} people are"
    return visit.after("/customers", f"{people} forgotten. The certificate is {done.certificate_id}.")


async def _page(visit: Visit, filled: Filled, status: int = 200) -> Response:
    found = await visit.ask(preview_erasure, read_values(PreviewAsked, {"customer_id": _who(visit)}))
    shown = {"preview": found, "customer_id": _who(visit), "filled": filled, "reasons": REASONS}
    return visit.page("erase.html", {**shown, "path": erase_address(_who(visit))}, status)


def _who(visit: Visit) -> str:
    return str(visit.request.path_params["customer_id"])


PAGES = (("/erase/{customer_id:path}", "GET", show), ("/erase/{customer_id:path}", "POST", forget))
