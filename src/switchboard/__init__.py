"""Switchboard: what customers do comes in, what it means is worked out, people and machines ask for it."""

import os

# Before NumPy is there. Its BLAS would share each product among threads of its own: where DuckDB and we have threads on
# the same few cores, these wait for each other up to forty times as long as one takes alone.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
