"""The process that draws: reads definitions from standard input, writes pictures to standard output.

It ends with its parent (the input closes), when it was idle for long, and by an alarm of the system when one chart
takes longer than its parent waits: the drawing program holds the interpreter, so nothing in here could.
"""

import os
import select
import signal
import sys
from typing import BinaryIO, Literal

import vl_convert

from switchboard.foundation.charts.protocol import ANSWER, DRAWN, PNG, REFUSED, REQUEST, SVG

ALARM_S = 25
LOCALE: Literal["en-US"] = "en-US"
WARM_UP = '{"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}'


def main(idle_s: float) -> None:
    requests = os.fdopen(0, "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print must not mix with pictures
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    os.nice(5)
    draw(SVG, 1, WARM_UP)
    while select.select([requests], [], [], idle_s)[0]:
        head = read(requests, REQUEST.size)
        if not head:
            return
        kind, scale, length = REQUEST.unpack(head)
        signal.alarm(ALARM_S)
        went, drawn = attempt(kind, scale, read(requests, length).decode())
        signal.alarm(0)
        answers.write(ANSWER.pack(went, len(drawn)) + drawn)
        answers.flush()


def read(source: BinaryIO, length: int) -> bytes:
    """Exactly so many bytes; none when the other side is gone."""
    parts, missing = list[bytes](), length
    while missing:
        part = source.read(missing)
        if not part:
            return b""
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def attempt(kind: bytes, scale: float, definition: str) -> tuple[bytes, bytes]:
    try:
        return DRAWN, draw(kind, scale, definition)
    except ValueError as error:  # what the drawing program raises for everything
        return REFUSED, str(error).encode()


def draw(kind: bytes, scale: float, definition: str) -> bytes:
    if kind == PNG:
        return vl_convert.vegalite_to_png(
            definition, scale=scale, allowed_base_urls=[], format_locale=LOCALE, time_format_locale=LOCALE
        )
    return vl_convert.vegalite_to_svg(
        definition, allowed_base_urls=[], format_locale=LOCALE, time_format_locale=LOCALE
    ).encode()


if __name__ == "__main__":
    main(float(sys.argv[1]))
