"""`python -m bench.console`: every page in chromium, on a slow computer; exit 1 when a target is missed."""

import sys

from bench.console import measure
from bench.figures import tell
from bench.place import open_place

if __name__ == "__main__":
    with open_place() as place:
        well = tell(measure(place))
    sys.exit(0 if well else 1)
