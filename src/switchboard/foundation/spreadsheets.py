"""Text of customers in a file that people open in a spreadsheet.

What begins with one of these marks is worked out there as a formula, which may call addresses and programs; after an
apostrophe it is text. Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

import re

FORMULA = re.compile(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")


def harmless(text: str) -> str:
    """The text, with an apostrophe before it when it would be a formula; numbers are none."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
