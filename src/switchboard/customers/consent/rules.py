"""What holds after everything that was said, and whether it lets us write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from switchboard.customers.consent.records import TRANSACTIONAL, Against, Known, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest statement of a kind: those that decide, or those that only ask to confirm."""

    state: State
    at: datetime
    jurisdiction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What holds of one channel and purpose."""

    state: Known
    since: datetime | None = None
    jurisdiction: str | None = None


NOTHING_SAID = Holds(state="unknown")


def holds(said: Sequence[Newest]) -> Holds:
    """What holds: the newest of what decides; being asked to confirm changes only what was no consent before.

    Of two said at the same moment a withdrawal is the newer one; the store orders them so.
    """
    decided = next((each for each in said if each.state != "pending"), None)
    asked = next((each for each in said if each.state == "pending"), None)
    if asked and (decided is None or (decided.state == "withdrawn" and asked.at > decided.at)):
        decided = asked
    if decided is None:
        return NOTHING_SAID
    return Holds(state=decided.state, since=decided.at, jurisdiction=decided.jurisdiction)


def against(purpose: str, held: Holds, *, has_address: bool, suppressed: bool) -> tuple[Against, ...]:
    """Everything that stands against contacting a person; nothing: we may."""
    found: list[Against] = []
    if not has_address:
        found.append("no_address")
    if suppressed:
        found.append("suppressed")
    if held.state == "withdrawn":
        found.append("withdrawn")
    elif purpose != TRANSACTIONAL and held.state == "pending":
        found.append("not_confirmed")
    elif purpose != TRANSACTIONAL and held.state == "unknown":
        found.append("no_consent")
    return tuple(found)
