"""Phone numbers in E.164: a plus, the country's code and the number, digits alone."""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumberFormat,
)

BETWEEN = str.maketrans("", "", " -./()\u00a0")
WRITTEN = re.compile(r"\+[1-9]\d{6,14}")
AT_HOME = re.compile(r"0[1-9]\d{3,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How numbers of a country are written: its code, what is dialled before a national one, and how long those are."""

    code: int
    before: re.Pattern[str] | None
    is_trunk_0: bool
    whole: re.Pattern[str]
    lengths: frozenset[int]


def e164(written: str, country: str | None, home: str | None) -> str | None:
    """The number in E.164, None where it can be none: too short or long, or without a country.

    A number that does not begin with its country's code is one of `country` (ISO 3166, as told beside it), else of
    `home`. Only lengths are looked at, so what is a number does not change with the tables of who gave which out.
    """
    region = _region(country) or _region(home)
    return as_written(written, region) or taken_apart(written, region)


def as_written(written: str, region: str | None) -> str | None:
    """A number that needs no taking apart, for a tenth of the work; None for any other."""
    digits = written.translate(BETWEEN)
    if "(0)" in written:
        return None
    if WRITTEN.fullmatch(digits):
        return _abroad(digits)
    plan = _of_region(region) if region else None
    if plan is None or not plan.is_trunk_0 or not AT_HOME.fullmatch(digits):
        return None
    known = len(digits) - 1 in plan.lengths and not plan.whole.fullmatch(digits)
    return f"+{plan.code}{digits[1:]}" if known else None


def taken_apart(written: str, region: str | None) -> str | None:
    """Any number."""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def at_home(number: str) -> str:
    """A number in E.164 as it is written in its own country."""
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.NATIONAL)


def _region(country: str | None) -> str | None:
    code = (country or "").strip().upper()
    return code if code in SUPPORTED_REGIONS else None


def _abroad(digits: str) -> str | None:
    for length in (1, 2, 3):
        code = int(digits[1 : 1 + length])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            national, plan = digits[1 + length :], _of_code(code)
            if plan is None or national.startswith("0") or (plan.before is not None and plan.before.match(national)):
                return None
            return digits if len(national) in plan.lengths else None
    return None


@cache
def _of_code(code: int) -> _Plan | None:
    region = COUNTRY_CODE_TO_REGION_CODE[code][0]
    return _plan(code, PhoneMetadata.metadata_for_region_or_calling_code(code, region))


@cache
def _of_region(region: str) -> _Plan | None:
    known = PhoneMetadata.metadata_for_region(region)
    code = None if known is None else known.country_code
    return None if code is None else _plan(code, known)


def _plan(code: int, known: PhoneMetadata | None) -> _Plan | None:
    if known is None or known.general_desc is None or not known.general_desc.national_number_pattern:
        return None
    before = known.national_prefix_for_parsing
    return _Plan(
        code=code,
        before=re.compile(before) if before else None,
        is_trunk_0=before == "0",
        whole=re.compile(known.general_desc.national_number_pattern),
        lengths=frozenset(known.general_desc.possible_length),
    )
