"""What a file is said to be before it is read, and what is said when it can not be."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from switchboard.customers.imports.mapping import ColumnsMissing
from switchboard.customers.imports.planning import inspect
from switchboard.customers.imports.records import Kind, Overrides, Plan, Settings
from switchboard.customers.imports.sources import opened
from switchboard.customers.imports.staging import preview
from switchboard.foundation.errors import Invalid
from tests.customers.imports.importing import HEADER, KEY, NOW

ROW = "1,C1,2024-01-01,Tea,1,2.50"


def plan_of(
    text: str | bytes,
    folder: Path,
    mapping: Mapping[str, str] | None = None,
    kind: Kind = "orders",
    name: str = "f.csv",
) -> Plan:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with opened(file, folder / "scratch") as source:
        return inspect(source, kind, Overrides(mapping=mapping or {}))


def columns_of(plan: Plan) -> dict[str, str]:
    return {entry.field: "+".join(entry.columns) for entry in plan.mapping}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Customer ID,Created at,Lineitem price", {"customer_id": "Customer ID", "unit_price": "Lineitem price"}),
        (
            "CustomerID,InvoiceDate,Price,Qty",
            {"customer_id": "CustomerID", "placed_at": "InvoiceDate", "quantity": "Qty"},
        ),
        ("Client Number,Order Date,Item Cost", {"placed_at": "Order Date", "unit_price": "Item Cost"}),
        ("user_id,timestamp,Amount", {"customer_id": "user_id", "placed_at": "timestamp", "total": "Amount"}),
        ("Custommer ID,date,price", {"customer_id": "Custommer ID"}),
    ],
)
def test_columns_of_common_exports_are_found(header: str, expected: dict[str, str], tmp_path: Path):
    width = header.count(",") - 2
    found = columns_of(plan_of(f"{header}\nC1,2024-01-01,2.50{',1' * width}\n", tmp_path))
    assert expected.items() <= found.items()


def test_how_a_column_was_found_and_how_sure_is_told(tmp_path: Path):
    plan = plan_of("customer_id,Order Date,Unit Pricee,note\nC1,2024-01-01,2,x\n", tmp_path)
    how = {entry.field: (entry.how, entry.confidence) for entry in plan.mapping}
    assert how["customer_id"] == ("named", 1.0)
    assert how["placed_at"] == ("synonym", 0.95)
    assert how["unit_price"][0] == "similar"
    assert plan.warnings == ("Unit Pricee is taken for unit_price: --map unit_price=COLUMN if it is not.",)


def test_the_user_overrules_what_is_found_and_may_add_columns_up(tmp_path: Path):
    text = "customer_id,placed_at,price,extra,discount a,b\nC1,2024-01-01,2,3,4,5\n"
    plan = plan_of(text, tmp_path, {"unit_price": "extra", "discount": "Discount A + b"})
    assert columns_of(plan)["unit_price"] == "extra"
    assert columns_of(plan)["discount"] == "discount a+b"


def test_a_field_that_was_recognised_can_be_left_out(tmp_path: Path):
    text = "customer_id,placed_at,price,category,note\nC1,2024-01-01,2,Tea,x\n"

    plan = plan_of(text, tmp_path, {"category": "-", "product": "-"})

    assert set(columns_of(plan)) == {"customer_id", "placed_at", "unit_price"}
    assert [entry.field for entry in plan.suggestions if entry.field in {"category", "product"}] == []


def test_a_price_that_is_left_out_makes_room_for_a_total(tmp_path: Path):
    text = "customer_id,placed_at,price,amount\nC1,2024-01-01,2,4\n"

    assert "total" not in columns_of(plan_of(text, tmp_path))
    assert columns_of(plan_of(text, tmp_path, {"unit_price": "-"}))["total"] == "amount"


def test_a_column_that_is_called_like_leaving_out_is_a_column(tmp_path: Path):
    text = "customer_id,placed_at,price,category,-\nC1,2024-01-01,2,Tea,Cup\n"

    assert columns_of(plan_of(text, tmp_path, {"category": "-"}))["category"] == "-"


def test_what_has_to_be_there_can_not_be_left_out(tmp_path: Path):
    with pytest.raises(ColumnsMissing) as refused:
        plan_of("customer_id,placed_at,price\nC1,2024-01-01,2\n", tmp_path, {"customer_id": "-"})

    assert (refused.value.field, refused.value.known) == (
        "customer_id",
        {"placed_at": "placed_at", "unit_price": "price"},
    )


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"unit_prise": "price"}, "There is no field unit_prise. Did you mean unit_price?"),
        ({"unit_price": "prise"}, "The file has no column prise. Did you mean --map unit_price=price?"),
    ],
)
def test_an_unknown_field_or_column_is_refused_with_the_nearest(mapping: dict[str, str], message: str, tmp_path: Path):
    with pytest.raises(Invalid) as refused:
        plan_of("customer_id,placed_at,price\nC1,2024-01-01,2\n", tmp_path, mapping)
    assert str(refused.value).startswith(message)
    assert refused.value.field == next(iter(mapping))


@pytest.mark.parametrize(
    ("header", "field", "message"),
    [
        (
            "customer_id,placed_at,colour",
            "unit_price",
            "No price column: say which one it is with --map unit_price=COLUMN",
        ),
        ("customer_id,when,price", "placed_at", "No placed_at column"),
        ("surname,placed_at,price", "customer_id", "No customer_id column: say which one it is with --map"),
    ],
)
def test_a_missing_column_is_named_with_what_to_say(header: str, field: str, message: str, tmp_path: Path):
    with pytest.raises(Invalid) as refused:
        plan_of(f"{header}\na@b.eu,2024-01-01,2\n", tmp_path)
    assert str(refused.value).startswith(message)
    assert refused.value.field == field


@pytest.mark.parametrize("column", ["email", "Customer E-mail", "Billing Email", "Adresse e-mail"])
def test_orders_without_ids_of_customers_know_them_by_their_email(column: str, tmp_path: Path):
    plan = plan_of(f"order_id,{column},placed_at,price\n1,a@b.eu,2024-01-01,2\n", tmp_path)
    assert {entry.field: entry.columns for entry in plan.mapping if entry.field in {"customer_id", "email"}} == {
        "customer_id": (column,), "email": (column,),
    }  # fmt: skip
    assert [each for each in plan.warnings if f"whoever has the same {column} is one customer" in each]


def test_an_order_with_a_list_of_items_in_a_line_is_told_how_to_be_written(tmp_path: Path):
    order = {"id": 1, "email": "a@b.eu", "created_at": "2024-01-10", "line_items": [{"price": "9.00", "sku": "x"}]}
    with pytest.raises(Invalid, match="line_items holds lists: a line must be one item") as refused:
        plan_of(json.dumps(order) + "\n", tmp_path)
    assert refused.value.field == "unit_price"
    assert "jq -c '.line_items[] + del(.line_items)'" in str(refused.value)


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (("45352.5", "45353.25"), "a spreadsheet's numbers of days"),
        (("1709287200", "1709287300000"), "Some are seconds since 1970 and some are not"),
        (("soon", "later"), "Name another with --map placed_at=COLUMN"),
    ],
)
def test_moments_that_are_no_dates_are_told_by_what_they_look_like(when: tuple[str, str], message: str, tmp_path: Path):
    rows = "".join(f"{n},C1,{each},Tea,1,2.50\n" for n, each in enumerate(when))
    with pytest.raises(Invalid, match=message):
        plan_of(f"{HEADER}\n{rows}", tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "f.csv is empty"),
        (f"{HEADER}\n".encode(), "has a header but no rows"),
        (b"order_id#customer_id#placed_at\n1#2#2024-01-01\n", "has one column only"),
        (b"1,C1,2024-01-01,Tea,1,2.50\n2,C1,2024-01-01,Tea,1,2.50\n", "has no header"),
        (b'[{"customer_id": 1}]', "is one JSON array"),
        (b"PAR1 and then nothing", "is a damaged Parquet file"),
        (b"\x1f\x8b\x08 and then nothing", "is damaged"),
        (b"\x28\xb5\x2f\xfd and then nothing", "can not be read"),
        (f"{HEADER}\n1,C1,soon,Tea,1,1\n".encode(), "The column placed_at holds no dates: the first value is 'soon'"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_next_step(data: bytes, message: str, tmp_path: Path):
    with pytest.raises(Invalid, match=message):
        plan_of(data, tmp_path)


LONG = "x" * (600 << 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADER}\n1,C1,2024-01-01,{LONG},1,2.50\n{ROW}\n", "The first row of f.csv, after its header, is longer"),
        (f"{HEADER}\n1,C1,2024-01-01,{LONG}", "The first row of f.csv, after its header, is longer"),
        (f"{HEADER},{','.join(f'c{n}' for n in range(100_000))}\n{ROW}\n", "The first line of f.csv is longer"),
        (f'{{"customer_id": "{LONG}"}}\n{{"customer_id": "C1"}}\n', "The first line of f.csv is longer"),
        (f'[{{"customer_id": "{LONG}"}}]', "is one JSON array"),
    ],
)
def test_a_line_beyond_the_sample_is_named_as_what_it_is(text: str, message: str, tmp_path: Path):
    with pytest.raises(Invalid, match=message):
        plan_of(text, tmp_path)


def test_a_long_row_after_a_short_one_is_no_obstacle(tmp_path: Path):
    assert plan_of(f"{HEADER}\n{ROW}\n2,C1,2024-01-01,{LONG},1,2.50\n", tmp_path).columns == tuple(HEADER.split(","))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="There is no file"), opened(tmp_path / "none.csv", tmp_path):
        pass


def test_title_rows_before_the_header_are_skipped(tmp_path: Path):
    plan = plan_of(f"Orders of May,,,,,\nprinted on 2024-06-01\n{HEADER}\n{ROW}\n", tmp_path)
    assert plan.header_line == 3
    assert plan.columns == tuple(HEADER.split(","))


def test_columns_of_the_same_name_or_none_stay_apart(tmp_path: Path):
    plan = plan_of("customer_id,placed_at,price,Price,\nC1,2024-01-01,1,2,3\n", tmp_path)
    assert plan.columns == ("customer_id", "placed_at", "price", "Price (2)", "column 5")
    assert columns_of(plan)["unit_price"] == "price"


def test_a_column_that_stands_twice_is_told(tmp_path: Path):
    plan = plan_of("customer_id,placed_at,price,Price\nC1,2024-01-01,2,3\n", tmp_path)
    assert [warning.partition(":")[0] for warning in plan.warnings] == ["price stands more than once"]
    assert plan.warnings[0].endswith("--map unit_price=COLUMN if it is another of price, Price (2).")
    assert plan_of("customer_id,placed_at,price\nC1,2024-01-01,2\n", tmp_path).warnings == ()


def test_a_plan_can_be_shown_as_json(tmp_path: Path):
    shown = plan_of(f"{HEADER}\n{ROW}\n", tmp_path).as_dict()
    assert shown["delimiter"] == ","
    assert shown["preset"] is None


def test_evidence_for_dates_is_sought_all_over_the_file(tmp_path: Path):
    early = "".join(f"1,C1,1/2/2024,{'Tea' * 30},1,1\n" for _ in range(20_000))
    late = "".join(f"1,C1,1/23/2024,{'Tea' * 30},1,1\n" for _ in range(2_000))
    plan = plan_of(f"{HEADER}\n{early}{late}", tmp_path)
    assert (plan.dates.order, plan.dates.ambiguous) == ("month_first", False)


def test_dates_nothing_tells_apart_are_warned_of(tmp_path: Path):
    plan = plan_of(f"{HEADER}\n1,C1,1/2/2024,Tea,1,1\n", tmp_path)
    assert plan.dates.ambiguous
    assert "else the day is first" in plan.warnings[0]


@pytest.mark.parametrize("name", ["orders.csv", "orders.jsonl"])
def test_a_preview_shows_the_first_rows_typed_with_their_reasons(name: str, tmp_path: Path):
    csv = f"{HEADER}\n{ROW}\n2,C1,2024-01-01,Tea,one,2.50\n3,C1,2024-01-01,Tea,1,1\n"
    lines = '{"customer_id":"C1","placed_at":"2024-01-01","unit_price":2.5,"quantity":%s}\n'
    text = csv if name.endswith("csv") else lines % "1" + lines % '"one"' + lines % "1"
    (tmp_path / name).write_text(text)
    settings = Settings(scratch=tmp_path / "scratch", quarantine=tmp_path / "q.csv", key=KEY, now=NOW)
    with opened(tmp_path / name, tmp_path / "scratch") as source:
        shown = preview(source, inspect(source, "orders"), settings, 2)
    rows = [dict(zip(shown.columns, row, strict=True)) for row in shown.rows]
    assert [row["unit_price"] for row in rows] == [25_000, 25_000]
    assert [row["reasons"] for row in rows] == [None, "quantity: unreadable number"]


def test_what_is_detected_can_be_overruled(tmp_path: Path):
    (tmp_path / "f.csv").write_text("customer_id;placed_at;unit_price\nC1;1/2/2024;1,234\n")
    asked = Overrides(delimiter=";", encoding="cp1252", date_order="month_first", decimal_mark=",")
    with opened(tmp_path / "f.csv", tmp_path) as source:
        plan = inspect(source, "orders", asked)
    assert (plan.encoding, plan.decimal_mark, plan.dates.order, plan.dates.ambiguous) == (
        "cp1252",
        ",",
        "month_first",
        False,
    )


def test_an_unknown_zone_is_refused(tmp_path: Path):
    (tmp_path / "f.csv").write_text(f"{HEADER}\n{ROW}\n")
    settings = Settings(scratch=tmp_path / "scratch", quarantine=tmp_path / "q.csv", key=KEY, zone="Mars/Olympus")
    with opened(tmp_path / "f.csv", tmp_path) as source:
        plan = inspect(source, "orders")
        with pytest.raises(Invalid, match="There is no time zone Mars/Olympus"):
            preview(source, plan, settings)
