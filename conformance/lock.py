"""`python -m conformance.lock PACKAGE_LOCK`: the lock without what no registry has, and without who takes donations."""

import json
import sys
from pathlib import Path
from typing import Any


def mend(lock: dict[str, Any]) -> dict[str, Any]:
    """The lock without optional packages of other systems that it names but does not hold: `npm ci` refuses it."""
    held = {path.rpartition("node_modules/")[2] for path in lock["packages"]}
    for package in lock["packages"].values():
        package.pop("funding", None)
        optional = {name: of for name, of in package.pop("optionalDependencies", {}).items() if name in held}
        if optional:
            package["optionalDependencies"] = optional
    return lock


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(f"{json.dumps(mend(json.loads(path.read_text('utf-8'))), indent=2)}\n", "utf-8")
