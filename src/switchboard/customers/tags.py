"""Tags: what the served figures are found by, as numbers under one index."""

import hashlib
from uuid import UUID


def tag(workspace: UUID, kind: str, name: str) -> int:
    """The tag for one value of one kind (an axis and its segment, `archetype` and its id, `risk` and its level).

    A signed integer of 64 bits, the same for ever; of another workspace it is another, as they share the index.
    """
    said = hashlib.blake2b(f"{kind}={name}".encode(), digest_size=8, key=workspace.bytes).digest()
    return int.from_bytes(said, signed=True)
