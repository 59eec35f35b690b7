"""One line of JSON per request on standard error, without ids, addresses or texts; written a few at a time."""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime

SOON_S = 0.2
MOST_WAITING = 200
STDERR = 2


@dataclass(slots=True, kw_only=True)
class AccessLog:
    """The lines of one process; off, it writes nothing."""

    on: bool = True
    out: int = STDERR
    _waiting: list[str] = field(default_factory=list[str])

    def line(self, request_id: str, method: str, template: str, status: int, took_us: int) -> None:
        """Note a request by the template of its path; all words are our own, so none needs escaping."""
        if not self.on:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._waiting.append(
            f'{{"event":"request","at":"{at}","request_id":"{request_id}","method":"{method}",'
            f'"path":"{template}","status":{status},"took_us":{took_us}}}\n'
        )
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(SOON_S, self.write)
        elif len(self._waiting) >= MOST_WAITING:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        lines, self._waiting = self._waiting, []
        if lines:
            os.write(self.out, "".join(lines).encode())
