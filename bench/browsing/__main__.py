"""`python -m bench.browsing`: pages of the console with many customers."""

from bench.road import main

if __name__ == "__main__":
    main("browsing")
