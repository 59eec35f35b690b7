"""Why a run of a job failed, in words: of a run only the code is kept, as an error's own words may be about people."""

from collections.abc import Iterator

from switchboard.foundation.errors import SwitchboardError

CAUSES = {
    "failed": "Something is wrong in Switchboard itself; the worker's log names the place beside the run's id.",
    "gave_up": "A worker died each of the five times it ran this; look whether its machine has too little memory.",
    "unknown_job": "The worker is of an older version that does not know this job; bring all workers up to date.",
    "database_down": "PostgreSQL was away for too long; run it again once it is back.",
    "not_segmented": "The workspace has no segments yet; segment it first.",
    "no_orders": "There is not one order of a known customer; import orders first.",
}


def cause_of(code: str) -> str:
    """What the code means."""
    if code in CAUSES:
        return CAUSES[code]
    said = next((each.__doc__ for each in _all(SwitchboardError) if each.code == code and each.__doc__), None)
    return " ".join(said.split()) if said else f"It was refused: {code.replace('_', ' ')}."


def _all(kind: type[SwitchboardError]) -> Iterator[type[SwitchboardError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)
