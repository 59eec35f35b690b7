"""Finding tools by words: pure functions of the words and of what the tools say of themselves."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

WORD = re.compile(r"[^\W_]+")
ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e", "y")
SHORTEST_STEM = 3
NAME, TITLE, ABOUT, ARGUMENTS = 4.0, 3.0, 2.0, 1.0
"""How much a word counts by where it stands."""


def ranked(words: str, texts: Mapping[str, Sequence[tuple[float, str]]]) -> list[str]:
    """The keys whose texts have any of the words, best first; all in their order when there are no words.

    Each word counts once, by the heaviest text it stands in, and the more the fewer keys have it:
    weight times ln(1 + keys / keys that have it).
    """
    wanted = set(stems(words))
    if not wanted:
        return list(texts)
    weights = {key: _weights(wanted, said) for key, said in texts.items()}
    having = Counter(word for found in weights.values() for word in found)
    scores = {
        key: sum(weight * math.log(1 + len(texts) / having[word]) for word, weight in found.items())
        for key, found in weights.items()
        if found
    }
    return sorted(scores, key=lambda key: (-scores[key], key))


def stems(text: str) -> list[str]:
    """Its words without their endings, so that "merging" finds "merge"."""
    return [_stem(word) for word in WORD.findall(text.casefold())]


def _stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def _weights(wanted: Iterable[str], said: Sequence[tuple[float, str]]) -> dict[str, float]:
    """Each word that stands somewhere, with the heaviest text it stands in."""
    found: dict[str, float] = {}
    for weight, text in said:
        there = set(stems(text))
        found |= {word: max(weight, found.get(word, 0)) for word in wanted if word in there}
    return found
