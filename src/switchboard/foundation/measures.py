"""The figures that `/metrics` shows of this process."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
CALLS = Counter("switchboard_calls", "calls of operations", ("operation", "door", "outcome"), registry=REGISTRY)
SECONDS = Histogram(
    "switchboard_call_seconds", "how long operations take", ("operation",), registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip
REPLICA = Counter(
    "switchboard_replica_reads", "reads that a replica may answer: served, or why the primary did", ("outcome",),
    registry=REGISTRY,
)  # fmt: skip
JOBS = Counter("switchboard_jobs", "runs of jobs", ("job", "outcome"), registry=REGISTRY)


def called(operation: str, door: str, outcome: str, took_s: float) -> None:
    """Count one call of an operation."""
    _calls(operation, door, outcome).inc()
    _seconds(operation).observe(took_s)


@cache  # operations, doors and codes of errors are words of the code, so they are few
def _calls(operation: str, door: str, outcome: str) -> Counter:
    return CALLS.labels(operation, door, outcome)


@cache
def _seconds(operation: str) -> Histogram:
    return SECONDS.labels(operation)


def shown() -> bytes:
    """All figures in Prometheus' text format."""
    return generate_latest(REGISTRY)
