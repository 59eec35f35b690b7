"""Light or dark, as a browser shall show all pages."""

from starlette.requests import Request
from starlette.responses import Response

from switchboard.console.cookies import THEME, THEMES
from switchboard.console.forms import FormRefused, is_ours, own_path, read_fields
from switchboard.console.visits import Console, to


async def choose(console: Console, request: Request) -> Response:
    """Keep the choice, and go back to the page it was made on; it changes nothing of anybody's."""
    if not is_ours(request, console.cookies.origin):
        raise FormRefused
    fields = await read_fields(request)
    answer = to(own_path(fields.get("here", "/")))
    chosen = fields.get("theme", "system")
    console.cookies.put(answer, THEME, chosen if chosen in THEMES else "system")
    return answer
