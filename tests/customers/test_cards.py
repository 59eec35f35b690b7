"""Numbers of payment cards never get in; what only looks like one is left as it is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchboard.customers.cards import is_card, masked, masked_json
from tests.customers.imports.importing import Given, imported

# Numbers that issuers publish for tests.
CARDS = (
    *("4111111111111111", "4012888888881881", "5555555555554444", "5105105105105100", "2223003122003222"),
    *("378282246310005", "371449635398431", "6011111111111117", "3530111333300000", "30569309025904"),
    *("38520000023237", "6200000000000005", "6759649826438453", "2200000000000004"),
)
NO_CARDS = (
    *("4111111111111112", "1234567890123456", "4006381333931", "0049 151 12345678", "+49 1511 2345678"),
    *("20261129083015", "1732870000000", "0.4111111111111111", "3,4111111111111111", "41111111111111110000"),
    *("4111 1111 1111", "DE89370400440532013000"),
)  # fmt: skip


@pytest.mark.parametrize("number", CARDS)
def test_a_cards_number_is_masked_however_it_is_grouped(number: str):
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    for written in (number, f"card:{number}.", f"pay {grouped} please", grouped.replace(" ", "-"), f"12 {grouped}"):
        got = masked(written)
        assert got.found == 1
        assert got.text.count(number[-4:]) >= 1
        assert number[:-4] not in got.text.replace(" ", "").replace("-", "")


@pytest.mark.parametrize("text", NO_CARDS)
def test_what_only_looks_like_a_card_is_left_as_it_is(text: str):
    assert (masked(text).text, masked(text).found) == (text, 0)


def test_an_old_card_of_thirteen_digits_is_masked_inside_a_text_and_a_bare_product_code_is_not():
    assert masked("card 4222222222222").text == "card •••• •••• •••• 2222"
    assert masked("4222222222222").found == 0


WIDE = str.maketrans("0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
ARABIC = str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")


@pytest.mark.parametrize(
    "between",
    ["\u00a0", "\u2009", "\u202f", "\u2013", "\u2011", "\u200b", "\n", "\r\n", "\t", "/", "_", " - ", "  ", "|"],
)
def test_whatever_stands_between_its_groups_a_card_is_masked(between: str):
    for number in ("4111 1111 1111 1111", "3782 822463 10005"):
        got = masked(f"pay {number.replace(' ', between)} soon")
        assert (got.text, got.found) == (f"pay •••• •••• •••• {number[-4:]} soon", 1)


def test_a_card_is_masked_in_the_digits_of_any_script():
    for digits in (WIDE, ARABIC):
        for number in ("4111111111111111", "4111 1111 1111 1111"):
            assert masked(f"قيمة {number.translate(digits)} é").text == "قيمة •••• •••• •••• 1111 é"


@pytest.mark.parametrize(
    "text", ["4111/1111/1111/1112", "2011, 2012, 2013, 2014", "2026-11-30 14:05:07.1234", "4/1111"]
)
def test_other_groups_are_left_as_they_are(text: str):
    assert masked(text).found == 0


@given(st.text(alphabet="0123456789 -.,x\n/_\u2009\u0661\uff11", max_size=80))
def test_what_was_masked_once_holds_no_card_any_more(text: str):
    once = masked(text)
    assert masked(once.text).found == 0
    assert (once.text == text) == (once.found == 0)


@given(st.from_regex(r"4[0-9]{14}", fullmatch=True))
def test_one_of_ten_last_digits_makes_a_number_a_cards(beginning: str):
    assert sum(is_card(f"{beginning}{last}") for last in range(10)) == 1


def test_properties_are_masked_wherever_they_are_and_stay_json():
    said = {"note": "pay 4111 1111 1111 1111", "deep": [{"n": 5555555555554444}], "sku": "4111111111111111", "ok": True}
    got = masked_json(json.dumps(said))
    assert got.found == 2
    assert json.loads(got.text) == {
        "note": "pay •••• •••• •••• 1111", "deep": [{"n": "•••• •••• •••• 4444"}], "sku": "4111111111111111",
        "ok": True,
    }  # fmt: skip


def test_names_of_properties_are_masked_too_and_stay_apart():
    got = masked_json('{"4111 1111 1111 1111": 1, "4111111111111111": 2, "a": {"n 5555555555554444": "x"}}')
    assert got.found == 3
    assert json.loads(got.text) == {
        "•••• •••• •••• 1111": 1, "•••• •••• •••• 1111 (2)": 2, "a": {"n •••• •••• •••• 4444": "x"},
    }  # fmt: skip


def test_properties_too_deep_to_read_are_masked_as_text():
    deep = "[" * 200_000 + "4111111111111111" + "]" * 200_000
    got = masked_json(deep)
    assert got.found == 1
    assert "4111111111111111" not in got.text
    assert json.loads(got.text).keys() == {"properties"}


def test_people_are_imported_without_the_cards_somebody_wrote_in_a_note(tmp_path: Path):
    text = (
        "customer_id,name,note,ean\n4111111111111111,Ann 4012888888881881,call,4111111111111111\n"
        "C2,Bob,card 4111-1111-1111-1111,5\n4111 1111 1111 1111,Cid,,\n"
    )
    came = imported(text, tmp_path, Given(kind="customers"))
    assert came.column("person", "customer") == ["4111111111111111", "C2"]
    assert came.column("person", "name") == ["Ann •••• •••• •••• 1881", "Bob"]
    assert [(row["t2"], row["t3"]) for row in came["extra"]] == [
        ("call", "4111111111111111"), ("card •••• •••• •••• 1111", "5")
    ]  # fmt: skip
    assert came.quarantine == [(4, "customer_id: a card's number; use another", "•••• •••• •••• 1111,Cid,,")]
    assert came.counts.card_numbers_masked == 3


def test_what_stands_where_an_e_mail_or_a_phone_should_is_masked_if_it_is_a_card(tmp_path: Path):
    text = (
        "customer_id,email,phone\nC1,4111111111111111,4111111111111111\nC2,a@x.example,+49 1511 2345678\n"
        "C3,,3782 822463 10005\nC4,,378282246310005\n"
    )
    came = imported(text, tmp_path, Given(kind="customers"))
    assert came.column("person", "email") == ["•••• •••• •••• 1111", "a@x.example", None, None]
    assert came.column("person", "phone") == [
        "•••• •••• •••• 1111", "+49 1511 2345678", "•••• •••• •••• 0005", "378282246310005",
    ]  # fmt: skip
    orders = (
        "order_id,customer_id,placed_at,quantity,unit_price,email,phone\n1,C1,2024-05-01,1,5,,4111 1111 1111 1111\n"
    )
    assert imported(orders, tmp_path).column("customer", "phone") == ["•••• •••• •••• 1111"]


def test_lines_and_marks_do_not_hide_a_card_from_the_first_look(tmp_path: Path):
    said = [
        "4111\u20091111\u20091111\u20091111",
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "\uff14" + 15 * "\uff11",
    ]
    events = "".join(
        json.dumps({"event": "paid", "timestamp": "2024-05-01", "user_id": "C1", "note": each}) + "\n"
        for each in [*said, "4111\n1111\n1111\n1111", "4111\t1111\t1111\t1111"]
    )
    came = imported(events, tmp_path, Given(kind="events"))
    assert came.counts.card_numbers_masked == 6
    assert {str(row["properties"]) for row in came["event"]} == {'{"note": "•••• •••• •••• 1111"}'}


def test_a_column_that_is_named_like_a_card_becomes_no_attribute(tmp_path: Path):
    came = imported("customer_id,card 4111 1111 1111 1111\nC1,x\n", tmp_path, Given(kind="customers"))
    (extra,) = came.extras
    assert (extra.name, extra.kept_out) == (
        "card •••• •••• •••• 1111", "its name holds a card's number; name the column otherwise",
    )  # fmt: skip


def test_orders_and_events_are_imported_without_cards(tmp_path: Path):
    orders = (
        "order_id,customer_id,placed_at,product,quantity,unit_price,name\n"
        "1,C1,2024-05-01,Gift for 4111111111111111,1,5,Ann 5555555555554444\n2,C1,2024-05-01,Tea,1,5,Ann\n"
    )
    came = imported(orders, tmp_path)
    assert sorted(map(str, came.column("product", "name"))) == ["Gift for •••• •••• •••• 1111", "Tea"]
    assert sorted(map(str, came.column("product", "product_id"))) == ["Gift for •••• •••• •••• 1111", "Tea"]
    events = "event,timestamp,user_id,note\npaid,2024-05-01,C1,with 378282246310005\n"
    kept = imported(events, tmp_path, Given(kind="events"))
    assert json.loads(str(kept["event"][0]["properties"])) == {"note": "with •••• •••• •••• 0005"}
    assert kept.counts.card_numbers_masked == 1
