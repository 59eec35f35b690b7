"""E-mail addresses and phone numbers that stand where nobody expects contact data: in attributes and events."""

import re

from pydantic import JsonValue

from switchboard.customers.contact import masked_email

EMAIL = re.compile(r"[^\s@,;<>\"'()]+@[^\s@,;<>\"'()]+\.[^\s@,;<>\"'().]+")
PHONE = re.compile(r"\+\d[\d ()/.-]{5,}\d")


def masked(value: JsonValue) -> JsonValue:
    """The value with every address and number in it hidden, in names too."""
    if isinstance(value, str):
        return PHONE.sub("•••", EMAIL.sub(lambda found: masked_email(found[0]) or "", value))
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {str(masked(name)): masked(item) for name, item in value.items()}
    return value
