"""Finding people in texts whose columns nobody knows any more: wrong rows and files that wait."""

import re
from collections.abc import Iterable
from pathlib import Path

from switchboard.customers import contact

PIECE = 4_000_000  # letters
OVERLAP = 1_000
CELL = re.compile(r"[^\s,;|:<>()\[\]{}=\"']+")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s()./-]+(?=\d)")
FEWEST_DIGITS = 7  # of a phone
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1")  # gzip, zstd, Parquet


class Mentions:
    """Whether a text mentions them: an id between the ends of a cell, an e-mail, a phone, a name or a street."""

    def __init__(self, words: Iterable[str]) -> None:
        phones, phrases, names = set[str](), set[str](), set[str]()
        for word in map(str.casefold, words):
            if _is_phone(word):
                phones.add(_digits(word))
            if CELL.fullmatch(word):
                names.add(word)
            else:
                phrases.add(r"\W+".join(map(re.escape, contact.words(word))) or re.escape(word))
        self._names = names
        self._phrases = re.compile(rf"\b(?:{'|'.join(sorted(phrases))})\b") if phrases else None
        self._phones = re.compile("|".join(sorted(phones))) if phones else None

    def __repr__(self) -> str:
        return "Mentions(•••)"

    def in_text(self, text: str) -> bool:
        """Whether the text mentions any of them."""
        plain = text.casefold()
        if not self._names.isdisjoint(CELL.findall(plain)):
            return True
        if self._phrases is not None and self._phrases.search(contact.folded(plain)):
            return True
        return self._phones is not None and bool(self._phones.search(BETWEEN_DIGITS.sub("", plain)))

    def in_file(self, path: Path) -> bool:
        """Whether the file mentions any of them; what is packed or Parquet is taken to."""
        if not (self._names or self._phrases):
            return False
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(PACKED):
            return True
        encodings = (MARKS[head[:2]],) if head[:2] in MARKS else ("utf-8", "cp1252")
        return any(self._in_encoded(path, encoding) for encoding in encodings)

    def _in_encoded(self, path: Path, encoding: str) -> bool:
        before = ""
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            while piece := file.read(PIECE):
                if self.in_text(before + piece):
                    return True
                before = piece[-OVERLAP:]
        return False


def _is_phone(word: str) -> bool:
    return len(_digits(word)) >= FEWEST_DIGITS and not re.search(r"[^\W\d_]", word) and not word.isdecimal()


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdecimal()).removeprefix("00")
