"""`python -m bench.importing`."""

from bench.road import main

main("importing")
