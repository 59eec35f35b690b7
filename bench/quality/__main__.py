"""`python -m bench.quality`: predictions out of time on every shop there is, beside six references on the same cuts.

Real shops come from ../shared/data; one that is not there is left out and said so. Season is measured on made-up shops.
"""

import sys

from bench.figures import tell
from bench.quality import measure

if __name__ == "__main__":
    sys.exit(0 if tell(measure()) else 1)
