"""`python -m bench.asking`: what every question takes."""

from bench.road import main

main("asking")
