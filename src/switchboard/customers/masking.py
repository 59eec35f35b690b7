"""Contact data that stands where nobody expects it, hidden: in attributes, events, and what was said of consent.

E-mail addresses and phone numbers are found by their form, values by the name they stand under, and the person's own
name, street and postal code wherever they stand. The name of somebody else in a free text is not recognised.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from switchboard.customers.contact import Contact, folded, masked_email, masked_words, words
from switchboard.customers.imports.extras import CONTACT, NAMES
from switchboard.customers.imports.presets import simple

HIDDEN = "•••"
EMAIL = re.compile(r"[^\s@,;<>\"'()]+@[^\s@,;<>\"'()]+\.[^\s@,;<>\"'().]+")
PHONE = re.compile(r"\+\d[\d ()/.-]{5,}\d")
WORD = re.compile(r"[^\W_]+")
SHORTEST = 3  # letters of a word that names somebody
NAMED = frozenset((
    *NAMES, "name", "address", "addressline", "streetaddress", "shippingaddress", "billingaddress", "customername",
    "contactname", "displayname", "recipient", "recipientname", "email", "emailaddress", "mail", "postalcode",
    "postcode", "zip", "zipcode", "plz", "nachname", "anschrift", "adresse", "hausnummer", "housenumber",
))  # fmt: skip
"""What contact data is called, as `simple` writes it."""
LEAST = 5  # letters of a word such as phone that says so inside a longer name


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Words that name a person or where they live; printed, it names nobody."""

    words: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Known({len(self.words)} words)"


NOTHING = Known()


def known_of(contacts: Iterable[Contact]) -> Known:
    """The words to be hidden of a person, from all that is known of how they are reached."""
    texts = (text for of in contacts for text in (of.name, of.street, of.postal_code) if text)
    return Known(words=frozenset(word for text in texts for word in words(text) if len(word) >= SHORTEST))


def masked(value: JsonValue, known: Known = NOTHING) -> JsonValue:
    """The value with every address and number in it hidden, in names too, and what is under a name of contact data."""
    if isinstance(value, str):
        plain = PHONE.sub(HIDDEN, EMAIL.sub(lambda found: masked_email(found[0]) or "", value))
        return WORD.sub(lambda found: _word(found[0], known), plain) if known.words else plain
    if isinstance(value, list):
        return [masked(item, known) for item in value]
    if isinstance(value, dict):
        return {str(masked(name, known)): masked_as(name, item, known) for name, item in value.items()}
    return value


def masked_as(name: str, value: JsonValue, known: Known = NOTHING) -> JsonValue:
    """The same of a value that stands under a name: all of it is hidden where that is one of contact data."""
    return _all_of(value) if names_contact(name) else masked(value, known)


def masked_text(text: str, known: Known = NOTHING) -> str:
    """The same of a text."""
    return str(masked(text, known))


def names_contact(name: str) -> bool:
    """Whether what is so named is how a person is called or reached."""
    short = simple(name)
    return short in NAMED or short in CONTACT or any(word in short for word in CONTACT if len(word) >= LEAST)


def looks_like_contact(text: str) -> bool:
    """Whether an e-mail address or a phone number stands in the text."""
    return bool(EMAIL.search(text) or PHONE.search(text))


def _word(word: str, known: Known) -> str:
    return f"{word[0]}{HIDDEN}" if folded(word) in known.words else word


def _all_of(value: JsonValue) -> JsonValue:
    match value:
        case str():
            return masked_email(value) if EMAIL.fullmatch(value) else masked_words(value)
        case list():
            return [_all_of(item) for item in value]
        case dict():
            return {str(masked(name)): _all_of(item) for name, item in value.items()}
        case None | bool():
            return value
        case _:
            return HIDDEN
