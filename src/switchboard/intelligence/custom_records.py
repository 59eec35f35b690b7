"""What is asked and told of archetypes of a workspace's own."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field, JsonValue

from switchboard.customers.filters.records import FilterJson
from switchboard.foundation.records import Record
from switchboard.intelligence.records import AS_OF_TODAY, Asked

ABOUT_PRIORITY = "of two that fit, the higher one takes the customer; both come before any discovered one"


class ArchetypePreview(Asked):
    """A filter that might become an archetype."""

    filter: FilterJson
    priority: int = Field(default=0, ge=-1_000, le=1_000, description=ABOUT_PRIORITY)
    archetype_id: str | None = Field(default=None, max_length=40, description="of the own one it would change")


class Overlap(Record):
    """How many of its members another archetype has now."""

    archetype_id: str
    name: str
    own: bool = Field(description="one of the workspace's own")
    members_in_common: int
    share_of_it: float = Field(description="0 to 1: of the other archetype's members")
    share_of_members: float = Field(description="0 to 1: of the members of the previewed one")
    keeps: bool = Field(description="it has the higher priority, so it keeps them")


class ArchetypePreviewed(Record):
    """What an archetype of this filter would be."""

    fits: int = Field(description="so many people the filter finds")
    member_count: int = Field(description="of them, those who have ordered and whom no higher priority keeps")
    population_percent: float
    overlaps: tuple[Overlap, ...] = Field(description="most members in common first")
    as_of: AwareDatetime
    facts_as_of: AwareDatetime
    as_of_today: tuple[str, ...] = Field(default=(), description=AS_OF_TODAY)


class ArchetypeSave(Record):
    """An archetype of the workspace's own; with the id of one, that one is changed."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")
    filter: FilterJson
    priority: int = Field(default=0, ge=-1_000, le=1_000, description=ABOUT_PRIORITY)
    about: str = Field(default="", max_length=1_000, description="what it is for")
    archetype_id: str | None = Field(default=None, max_length=40, description="of the own one to be changed")


class OwnArchetype(Record):
    """An archetype of the workspace's own; members are those of the run that is served."""

    archetype_id: str
    name: str
    about: str
    filter: dict[str, JsonValue]
    priority: int
    member_count: int | None = Field(description="null until a run has seen it")
    wrong: str | None = Field(description="why it takes nobody: what its filter asks for is there no more")
    made_at: datetime
    made_by: UUID
    changed_at: datetime
    changed_by: UUID


class OwnArchetypes(Record):
    """The workspace's own archetypes, the one that takes first first; at most fifty."""

    archetypes: tuple[OwnArchetype, ...]


class OwnArchetypeRef(Record):
    """Which of the workspace's own archetypes."""

    archetype_id: str = Field(min_length=1, max_length=40)


class ArchetypeLabel(Record):
    """What an archetype is called, and whether it stands in front; what is left out is taken back."""

    archetype_id: str = Field(min_length=1, max_length=40)
    name: str | None = Field(
        default=None, min_length=1, max_length=100, pattern=r"^\S(.*\S)?$", description="null: as it was discovered"
    )
    is_pinned: bool = Field(default=False, description="first on the archetype map")


class ArchetypeCalled(Record):
    """An archetype's label."""

    archetype_id: str
    name: str
    discovered_name: str
    is_pinned: bool
