"""Contact data: sealed with the workspace's data key, found by keyed hashes, masked for whoever may not see it.

A person is found by the whole value of their e-mail and phone, by the domain of the e-mail, by the last digits of the
phone, and by each word of the name and its beginnings from two letters on, accents folded. Letters that are no accented
ones (ø, ł, æ) are found as themselves and as they are written without them; who was told of before that, as themselves.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from switchboard.foundation.vault import DataKey, Place

SHORTEST, LONGEST = 2, 8  # letters of a beginning
LAST_DIGITS = (4, 7)
PARTS = re.compile(r"[^\W_]+")
PURPOSE = "customers.contact"
PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Letters that do not come apart into one and an accent; ß is ss without case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a person is reached; all that is sealed of them."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None

    def with_news(self, news: "Contact") -> "Contact":
        """What is known now: news wins where it says something."""
        return Contact(**{name: getattr(news, name) or getattr(self, name) for name in NAMES})

    def completed(self, other: "Contact") -> "Contact":
        """What is known of one person under two ids: the other tells what this lacks, an address as a whole."""
        if self is NO_CONTACT:
            return other
        where = self if any(getattr(self, name) for name in ADDRESS) else other
        return Contact(
            name=self.name or other.name,
            email=self.email or other.email,
            phone=self.phone or other.phone,
            **{name: getattr(where, name) for name in ADDRESS},
        )

    def masked(self) -> "Contact":
        """The same with all but first letters hidden."""
        return Contact(
            name=masked_words(self.name),
            email=masked_email(self.email),
            phone=None if self.phone is None else "•••" + self.phone[-2:],
            street=masked_words(self.street),
            postal_code=None if self.postal_code is None else "•••",
            city=self.city,
            region=self.region,
        )


NO_CONTACT = Contact()
ADDRESS = ("street", "postal_code", "city", "region")
NAMES = tuple(field.name for field in fields(Contact))


def seal(key: DataKey, person_key: int, contact: Contact) -> bytes:
    """The contact as the table keeps it; opens only in this person's row."""
    said = {name: value for name in NAMES if (value := getattr(contact, name))}
    return key.seal(json.dumps(said, ensure_ascii=False).encode(), _place(person_key))


def unseal(key: DataKey, person_key: int, sealed: bytes | None) -> Contact:
    """The contact behind a sealed one; an empty one for None."""
    if sealed is None:
        return NO_CONTACT
    said: Mapping[str, str] = json.loads(key.open(sealed, _place(person_key)))
    return Contact(**said)


def found_by(key: DataKey, contact: Contact) -> list[int]:
    """The hashes a person is found by."""
    return sorted(set(key.hasher(PURPOSE).numbers(sorted(set(_terms(contact))))))


def asked_for(key: DataKey, text: str) -> list[int]:
    """The hashes of what a search text asks for: all of them must be among a person's.

    An e-mail or a domain (`@example.com`) is taken whole, a number of four or more digits as (the end of) a phone,
    anything else word by word as beginnings.
    """
    return key.hasher(PURPOSE).numbers(sorted(set(_asked(text.strip()))))


def words(text: str) -> tuple[str, ...]:
    """The distinct words of a text, lower case, without accents, in order of appearance."""
    return tuple(dict.fromkeys(PARTS.findall(folded(text))))


def folded(text: str) -> str:
    """Lower case, without accents."""
    plain = text.casefold()
    if plain.isascii():
        return plain
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def masked_email(email: str | None) -> str | None:
    """`m•••@e•••.com`; None stays None."""
    if email is None:
        return None
    name, _, domain = email.rpartition("@")
    host, _, ending = domain.rpartition(".")
    return f"{name[:1]}•••@{host[:1]}•••.{ending}"


def masked_words(text: str | None) -> str | None:
    """The first letter of each word."""
    return None if text is None else " ".join(f"{word[0]}•••" for word in text.split())


def _terms(contact: Contact) -> Iterable[str]:
    if contact.email:
        email = contact.email.strip().casefold()
        yield f"e:{email}"
        yield f"d:{email.rpartition('@')[2]}"
        yield from _beginnings(email.rpartition("@")[0])
    if contact.phone:
        digits = _digits(contact.phone)
        yield f"t:{digits}"
        yield from (f"l:{digits[-n:]}" for n in LAST_DIGITS if len(digits) >= n)
    for text in (contact.name, contact.street):
        if text:
            yield from _beginnings(text)


def _asked(text: str) -> Iterable[str]:
    if text.startswith("@") and len(text) > 1:
        yield f"d:{text[1:].casefold()}"
    elif "@" in text:
        yield f"e:{text.casefold()}"
    elif len(digits := _digits(text)) >= min(LAST_DIGITS) and not re.search(r"[^\W\d_]", text):
        yield f"l:{digits}" if len(digits) in LAST_DIGITS else f"t:{digits}"
    else:
        yield from _terms_of(words(text))


def _terms_of(asked: Sequence[str]) -> Iterable[str]:
    """Long words whole, others as beginnings, but for those with which another one begins, as that one finds them.

    A single letter is an initial, or a word that is still being typed: beside other words it is left out.
    """
    told = [word for word in asked if len(word) >= SHORTEST] or asked
    for word in told:
        if not SHORTEST <= len(word) <= LONGEST:
            yield f"w:{word}"
        elif not any(other.startswith(word) for other in told if other != word):
            yield f"p:{word}"


def _beginnings(text: str) -> Iterable[str]:
    found = words(text)
    for word in dict.fromkeys((*found, *(word.translate(PLAIN) for word in found if not word.isascii()))):
        yield f"w:{word}"
        yield from (f"p:{word[:n]}" for n in range(SHORTEST, min(len(word), LONGEST) + 1))


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _place(person_key: int) -> Place:
    return Place(table="person", field="contact", row=str(person_key))
