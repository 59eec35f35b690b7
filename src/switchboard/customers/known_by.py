"""What forgotten people are known by: keyed hashes of their ids, e-mails and phones, however these are written."""

from collections.abc import Iterable

from switchboard.customers.consent import addresses
from switchboard.customers.identities import phones
from switchboard.customers.places.countries import country_code
from switchboard.foundation.vault import DataKey

PURPOSE = "customers.forgotten"
BYTES = 16
FEWEST_DIGITS = 5  # of a phone that may have a country


def hash_of_id(key: DataKey, customer_id: str) -> bytes:
    """What a forgotten customer's id, as it was kept, is known by."""
    return _hashed(key, "id", customer_id)


def hashes_kept(key: DataKey, written: str, countries: Iterable[str | None]) -> set[bytes]:
    """What stays of an e-mail or a phone: of a phone the number in E.164, of any of the countries it may be of.

    With it stays how a file without any country may write it.
    """
    if "@" in written:
        return _emails(key, written)
    placed = _placed(written, countries)
    at_home = {addresses.plain("phone", each) for each in (written, *map(phones.at_home, placed))}
    numbers = {addresses.plain("phone", each) for each in placed}
    return {_hashed(key, "phone", each) for each in numbers} | {
        _hashed(key, "unplaced", each) for each in at_home if each
    }


def hashes_asked(key: DataKey, written: str, countries: Iterable[str | None]) -> set[bytes]:
    """What an e-mail or a phone that comes in is compared by; nothing for what can be neither.

    A phone also by how it is written: that is what was kept once, and what there is where it has no country.
    """
    if "@" in written:
        return _emails(key, written)
    spelled, placed = addresses.plain("phone", written), _placed(written, countries)
    if not spelled:
        return set()
    numbers = {spelled, *(addresses.plain("phone", each) for each in placed)}
    unplaced = set[bytes]() if placed else {_hashed(key, "unplaced", spelled)}
    return {_hashed(key, "phone", each) for each in numbers} | unplaced


def _emails(key: DataKey, written: str) -> set[bytes]:
    plain = addresses.plain("email", written)
    return {_hashed(key, "email", plain)} if plain else set()


def _placed(written: str, countries: Iterable[str | None]) -> set[str]:
    if sum(map(str.isdecimal, written)) < FEWEST_DIGITS:
        return set()
    codes = {country_code(each) if each else None for each in countries} or {None}
    return {number for code in codes if (number := phones.e164(written, code, None))}


def _hashed(key: DataKey, kind: str, plain: str) -> bytes:
    return key.hasher(PURPOSE).digest(f"{kind}:{plain}", size=BYTES)
