"""Where a channel reaches a person, and the keyed hash an address is known by on the suppression list."""

from switchboard.customers.consent.records import Channel
from switchboard.customers.contact import Contact, words
from switchboard.foundation.vault import DataKey

PURPOSE = "customers.suppression"
BYTES = 16
BY_MAIL: Channel = "email"
BY_POST: Channel = "post"


def address(channel: Channel, contact: Contact) -> str | None:
    """Where the channel reaches the person; None where it can not."""
    if channel == BY_MAIL:
        return contact.email
    if channel == BY_POST:
        parts = (contact.street, contact.postal_code, contact.city)
        return " ".join(part for part in parts if part) if contact.street else None
    return contact.phone


def plain(channel: Channel, written: str) -> str:
    """The address without what may differ from one writing to the next; empty when it can be no address."""
    if channel == BY_MAIL:
        name, at, host = written.strip().casefold().rpartition("@")
        return f"{name}@{host}" if at and name and host else ""
    if channel == BY_POST:
        return " ".join(words(written))
    return "".join(c for c in written if c.isdecimal()).removeprefix("00")


def hashed(key: DataKey, channel: Channel, written: str) -> bytes:
    """What the list knows the address by; SMS, WhatsApp and calls share a phone's number but not its entry."""
    return key.hasher(PURPOSE).digest(f"{channel}:{plain(channel, written)}", size=BYTES)
