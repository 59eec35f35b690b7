"""Phone numbers in E.164: a plus, the country's code and the number, digits alone."""

import re
from functools import cache

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
)

BETWEEN = str.maketrans("", "", " -./()\u00a0")
WRITTEN = re.compile(r"\+[1-9]\d{6,14}")
COUNTRY = re.compile(r"[A-Z]{2}")


def e164(written: str, country: str | None, home: str | None) -> str | None:
    """The number in E.164, None where it can be none: too short or long, or without a country.

    A number that does not begin with its country's code is one of `country` (ISO 3166, as told beside it), else of
    `home`. Only lengths are looked at, so what is a number does not change with the tables of who gave which out.
    """
    region = _region(country) or _region(home)
    digits = written.translate(BETWEEN)
    if WRITTEN.fullmatch(digits) and "(0)" not in written and (quick := _as_it_is(digits)):
        return quick
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _region(country: str | None) -> str | None:
    code = (country or "").strip().upper()
    return code if code in SUPPORTED_REGIONS else None


def _as_it_is(digits: str) -> str | None:
    """A number with its country's code that needs no taking apart, a tenth of the work; None for any other."""
    for length in (1, 2, 3):
        code = int(digits[1 : 1 + length])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            national = digits[1 + length :]
            before = _before_national(code)
            if national.startswith("0") or (before is not None and before.match(national)):
                return None
            number = PhoneNumber(country_code=code, national_number=int(national))
            return digits if phonenumbers.is_possible_number(number) else None
    return None


@cache
def _before_national(code: int) -> re.Pattern[str] | None:
    """What may be dialled before a national number, where the country has such a thing."""
    region = COUNTRY_CODE_TO_REGION_CODE[code][0]
    known = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    pattern = known.national_prefix_for_parsing if known else None
    return re.compile(pattern) if pattern else None
