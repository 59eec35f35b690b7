"""What a log says of an error."""

import pytest

from switchboard.foundation.log import place_of


def test_an_error_is_told_by_its_place_and_what_it_was_raised_over_never_by_its_words():
    named = "ada@example.com"
    with pytest.raises(RuntimeError) as raised:
        _raised_over_another(named)
    told = place_of(raised.value)
    assert told.index("ValueError") < told.index("then RuntimeError")
    assert "_raised_over_another" in told
    assert named not in told


def _raised_over_another(words: str) -> None:
    try:
        int(words)
    except ValueError as error:
        raise RuntimeError(words) from error
