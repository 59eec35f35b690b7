"""The last touch to a drawing that goes into a page."""

import re
from html import escape

TAG = re.compile(r"<[^>]+>")
ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
NAME = re.compile(r'(?<= id=")[^"]+|(?<="url\(#)[^)]+')


def finished(drawn: str, description: str, mark: str) -> str:
    """The drawing as one picture with a text alternative.

    Clips and gradients are numbered over the life of the drawing process; they get names that are the same each time
    and differ between charts, for a page may hold several. Roles of its parts go: it is one picture, whose description
    tells all of it.
    """
    names: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"c{mark}-{len(names)}")

    drawn = TAG.sub(lambda tag: NAME.sub(renamed, ROLES.sub("", tag[0])), drawn)
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)
