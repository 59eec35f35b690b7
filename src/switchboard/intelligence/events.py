"""The news that intelligence publishes."""

from switchboard.foundation.records import Record


class FiguresServed(Record):
    """A run is served; orders that came while it was worked out are not in it."""

    run: int
