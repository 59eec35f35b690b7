"""`python -m bench.ingesting`."""

from bench.road import main

main("ingesting")
