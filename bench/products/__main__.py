"""`python -m bench.products`: recommended products out of time, on every shop with products and on a made-up one.

Real shops come from ../shared/data; one that is not there is left out and said so.
"""

import sys

from bench.figures import tell
from bench.products import measure

if __name__ == "__main__":
    sys.exit(0 if tell(measure()) else 1)
