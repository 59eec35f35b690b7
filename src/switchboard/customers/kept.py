"""What storing a file's rows came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Counts as the import shows them, and which documents were there already (a multirange of keys)."""

    counts: dict[str, int]
    warned: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What of the rows could not be kept, for the counts too."""
    same: str = "{}"
    newest_order: datetime | None = None
    """The workspace's newest, where the file's orders are all it has; None where the store has to be asked."""
    erased: int = 0
    """Rows that were left out, for whom they are of was forgotten; `hidden` are wrong ones, which no file shows."""
    hidden: int = 0
