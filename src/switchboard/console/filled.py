"""A form as it was filled in: what was typed stays, and what is wrong stands beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from switchboard.foundation.errors import Invalid, SwitchboardError
from switchboard.foundation.reading import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the fields hold, what is wrong with each, and with all of it."""

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    told: str = ""

    @classmethod
    def after(cls, values: Mapping[str, str], error: SwitchboardError) -> Self:
        """The form that an operation refused; what names no field that is there is told of the whole."""
        found: dict[str, str] = {}
        if isinstance(error, Unreadable):
            found = {fault.field: fault.message for fault in error.faults}
        elif isinstance(error, Invalid) and error.field:
            found = {error.field: str(error)}
        errors = {name: said for name, said in found.items() if name in values}
        return cls(values=values, errors=errors, told="" if errors else str(error))

    def said(self, name: str) -> str:
        """What the field holds."""
        return self.values.get(name, "")

    def wrong(self, name: str) -> str:
        """What is wrong with it; empty for nothing."""
        return self.errors.get(name, "")


EMPTY = Filled()
