"""`python -m bench.memberships`."""

from bench.road import main

main("memberships")
