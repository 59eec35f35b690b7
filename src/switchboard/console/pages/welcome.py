"""Links that let somebody in: who opens one chooses a password."""

from starlette.requests import Request
from starlette.responses import Response

from switchboard.accounts import links
from switchboard.accounts.sign_in_records import LinkUsed
from switchboard.console.addresses import address_of
from switchboard.console.cookies import FORM
from switchboard.console.filled import EMPTY, Filled
from switchboard.console.forms import read_form
from switchboard.console.visits import DOOR, Console, to
from switchboard.foundation.errors import Invalid, LimitReached
from switchboard.foundation.reading import read_values

PATH = links.PATH + "{word}"


async def show(console: Console, request: Request) -> Response:
    """The form."""
    return await _page(console, request, EMPTY)


async def use(console: Console, request: Request) -> Response:
    """Keep the password, and go on to sign in with it."""
    fields = await read_form(request, console.cookies.read(request, FORM), console.cookies.origin)
    said = {"password": fields.get("password", ""), "name": fields.get("name", "").strip() or None}
    address = request.client.host if request.client else ""
    try:
        asked = read_values(LinkUsed, said)
        email = await links.use(console.ground, request.path_params["word"], asked, address=address, door=DOOR)
    except (Invalid, LimitReached) as error:
        return await _page(console, request, Filled.after(fields, error), error.status)
    answer = to(address_of("/sign-in", {"email": email}))
    console.cookies.tell(answer, "Your password is kept. Sign in with it.")
    return answer


async def _page(console: Console, request: Request, filled: Filled, status: int = 200) -> Response:
    of = await links.opened(console.ground, request.path_params["word"])
    return console.open_page(
        request, "welcome.html", {"of": of, "filled": filled, "action": request.url.path}, status
    )  # fmt: skip
