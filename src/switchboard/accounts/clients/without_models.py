"""What needs language models is refused by name, never left out without a word, as long as none can be connected."""

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from switchboard.foundation.errors import Invalid


def check_no_models(asked: BaseModel, *fields: str) -> None:
    """Raise Invalid for the first of these fields that is given; of keys it names whose they are."""
    for name in fields:
        wanted = getattr(asked, name)
        if wanted is None:
            continue
        said = ", ".join(sorted(cast("Mapping[str, object]", wanted))) if isinstance(wanted, Mapping) else wanted
        raise Invalid(
            f"{name}: {said} needs language models, of which none can be connected here yet; leave it out", field=name
        )
