"""`python -m bench.numbers`: what predicting costs, at BENCH_CUSTOMERS or a million."""

import os
import sys

from bench.figures import tell
from bench.numbers import measure

if __name__ == "__main__":
    sys.exit(0 if tell(measure(int(os.environ.get("BENCH_CUSTOMERS", "1000000")))) else 1)
