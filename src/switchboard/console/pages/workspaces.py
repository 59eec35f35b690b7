"""From one workspace to another."""

from uuid import UUID

from starlette.responses import Response

from switchboard.console.cookies import LEFT, SESSION
from switchboard.console.visits import Visit, to
from switchboard.foundation.errors import NotFound


async def enter(visit: Visit) -> Response:
    """Go on in another workspace of the same user's, from its overview."""
    fields = await visit.form()
    try:
        wanted = UUID(fields.get("workspace", ""))
    except ValueError:
        raise NotFound("you are in no such workspace") from None
    agent = visit.request.headers.get("user-agent", "")
    word = await visit.console.credentials.sessions.enter(visit.word, wanted, agent)
    answer = to("/")
    visit.console.cookies.put(answer, SESSION, word)
    visit.console.cookies.put(answer, LEFT, visit.word)
    return answer
