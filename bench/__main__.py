"""`python -m bench`: all parts, at 100,000 and at 1,000,000 customers, and how cost grows between them.

BENCH_CUSTOMERS names one other size.
"""

from bench.road import main

if __name__ == "__main__":
    main("importing", "recomputing", "memberships", "reading", "mcp", "ingesting", "customers", "browsing")
