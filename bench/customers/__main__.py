"""`python -m bench.customers`."""

from bench.road import main

main("customers")
