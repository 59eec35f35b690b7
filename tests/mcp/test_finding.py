"""Finding tools by words."""

from switchboard.mcp.finding import ranked, stems

TEXTS = {
    "erase": ((4.0, "customers.erase"), (2.0, "Forget a customer for good.")),
    "merge": ((4.0, "customers.merge"), (2.0, "Make two customers one person.")),
    "show": ((4.0, "customers.show"), (2.0, "One customer: what they did, and when they were merged.")),
}


def test_without_words_all_are_found_in_their_order():
    assert ranked(" ", TEXTS) == ["erase", "merge", "show"]


def test_a_word_in_a_name_counts_more_than_one_in_a_description():
    assert ranked("merge", TEXTS) == ["merge", "show"]


def test_a_rare_word_counts_more_than_one_that_all_have():
    assert ranked("forget customers", TEXTS) == ["erase", "merge", "show"]
    assert ranked("customers person", TEXTS)[0] == "merge"


def test_endings_do_not_matter():
    assert stems("Merging merged MERGES merge") == ["merg"] * 4
    assert ranked("merging", TEXTS)[0] == "merge"


def test_words_that_stand_nowhere_find_nothing():
    assert ranked("weather", TEXTS) == []
