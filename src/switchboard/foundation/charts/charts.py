"""Charts as their users ask for them: drawn once, kept while they fit."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from switchboard.foundation.charts.definition import Definition, description_of, text_of
from switchboard.foundation.charts.painter import Painter
from switchboard.foundation.charts.protocol import PNG, SVG
from switchboard.foundation.charts.svg import finished
from switchboard.foundation.charts.theme import Theme
from switchboard.foundation.errors import Invalid

KEPT_BYTES = 32_000_000
SCALES = (0.5, 4.0)


class Charts:
    """Draws charts and remembers them, in this process alone: they show a shop's figures, so none goes to a file."""

    def __init__(self, painter: Painter | None = None, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._painter = painter or Painter()
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[str, asyncio.Task[bytes]] = {}

    async def svg(self, definition: Definition, *, theme: Theme = "light") -> str:
        """For a page: no ground, no style attribute, `role="img"` and the description as its label."""
        return (await self._drawn(_Asked(SVG, 1, definition, text_of(definition, theme, ground=False)))).decode()

    async def png(self, definition: Definition, *, scale: float = 2, theme: Theme = "light") -> bytes:
        """For Slack and reports, on its own ground; `scale` pixels a point."""
        if not SCALES[0] <= scale <= SCALES[1]:
            raise Invalid(f"the scale of a picture is from {SCALES[0]:g} to {SCALES[1]:g}", field="scale")
        return await self._drawn(_Asked(PNG, scale, definition, text_of(definition, theme, ground=True)))

    async def warm(self) -> None:
        """Get ready, so that the first chart does not wait a second."""
        await self._painter.warm()

    async def close(self) -> None:
        """End the drawing process."""
        await self._painter.close()

    async def _drawn(self, asked: "_Asked") -> bytes:
        """From memory, or drawn: once for all who ask for the same at the same time."""
        key = asked.key
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._draw(asked))
            task.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(task)  # one who goes away does not take it from the others

    async def _draw(self, asked: "_Asked") -> bytes:
        drawn = await self._painter.draw(asked.kind, asked.scale, asked.text)
        if asked.kind == SVG:
            return finished(drawn.decode(), description_of(asked.definition), asked.key[:8]).encode()
        return drawn

    def _keep(self, key: str, done: asyncio.Task[bytes]) -> None:
        del self._under_way[key]
        if done.cancelled() or done.exception():
            return
        self._kept[key] = drawn = done.result()
        self._size += len(drawn)
        while self._size > self._kept_bytes:
            self._size -= len(self._kept.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: bytes
    scale: float
    definition: Definition
    text: str

    @property
    def key(self) -> str:
        """The same for the same picture."""
        said = self.kind + repr(float(self.scale)).encode() + self.text.encode()
        return hashlib.blake2b(said, digest_size=16).hexdigest()
