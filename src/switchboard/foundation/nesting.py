"""Where in a JSON text something is nested too deeply, for texts that nothing else reads."""

import re
from collections.abc import Sequence

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]', re.DOTALL)
SHOWN = 12  # steps of the way
LONGEST_NAME = 60


def place_deeper_than(levels: int, text: str, *, inside: bool = False) -> str:
    """The beginning of the way to the first value below so many levels, as `filter.all[0]`; empty if there is none.

    `inside` a field whose name stands before it, it begins with a dot.
    """
    way, name = list[str | int](), ""
    for token in TOKEN.finditer(text):
        match token.group():
            case "{":
                way.append("")
            case "[":
                way.append(0)
            case "}" | "]":
                del way[-1:]
            case ",":
                way[-1:] = [each + 1 if isinstance(each, int) else each for each in way[-1:]]
            case ":":
                way[-1:] = [name]
            case said:
                name = said[1:-1]
        if len(way) > levels:
            return _written(way[:SHOWN], inside=inside)
    return ""


def _written(way: Sequence[str | int], *, inside: bool) -> str:
    parts = (f"[{step}]" if isinstance(step, int) else step and f".{step[:LONGEST_NAME]}" for step in way)
    return "".join(parts).removeprefix("" if inside else ".")
