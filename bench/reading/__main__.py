"""`python -m bench.reading`."""

from bench.road import main

main("reading")
