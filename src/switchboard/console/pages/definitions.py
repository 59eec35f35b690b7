"""How a figure is worked out, in the place where it stands."""

from starlette.responses import Response

from switchboard.console.visits import Visit
from switchboard.foundation.reading import read_values
from switchboard.intelligence.definition_records import DefineAsked
from switchboard.intelligence.operations.definitions import define


async def one(visit: Visit) -> Response:
    """What the figure of this name is: a page of its own, of which other pages show the middle."""
    asked = read_values(DefineAsked, {"name": visit.request.path_params["name"]})
    found = await visit.ask(define, asked)
    return visit.page("definition.html", {"of": found.definitions[0]})
