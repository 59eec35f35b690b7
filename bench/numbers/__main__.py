"""`python -m bench.numbers`: what predicting costs, a run with it, and what every question takes."""

from bench.road import main

if __name__ == "__main__":
    main("numbers", "recomputing", "asking")
