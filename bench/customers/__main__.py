"""`python -m bench.customers`: finding them, and what comes in about them."""

from bench.road import main

main("customers", "ingesting")
