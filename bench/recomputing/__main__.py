"""`python -m bench.recomputing`."""

from bench.road import main

main("recomputing")
