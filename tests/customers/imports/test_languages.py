"""Exports of other languages and of well-known programs: their columns are known by name."""

from pathlib import Path

import pytest

from tests.customers.imports.importing import Given, imported

pytestmark = pytest.mark.slow

GERMAN = """Bestellnummer;Kundennummer;Bestelldatum;Artikel;Menge;Einzelpreis;Währung;Status
B1;K1;31.03.2024 14:05;Grüner Tee;2;1.234,50 €;EUR;bezahlt
B2;K1;01.04.2024 09:00;Kanne;1;20,00 €;EUR;storniert
"""
FRENCH = """N° commande\tN° client\tDate de commande\tDésignation\tQté\tPU HT\tDevise\tStatut
B1\tK1\t31/03/2024 14:05\tThé vert\t2\t1 234,50 €\tEUR\tpayée
B2\tK1\t01/04/2024 09:00\tThéière\t1\t20,00 €\tEUR\tAnnulée
"""
SPANISH = """Número de pedido|ID cliente|Fecha de pedido|Producto|Cantidad|Precio unitario|Moneda|Estado
B1|K1|31/03/2024 14:05|Té verde|2|1.234,50|EUR|pagado
B2|K1|01/04/2024 09:00|Tetera|1|20,00|EUR|cancelado
"""
ITALIAN = """Numero ordine;Codice cliente;Data ordine;Prodotto;Quantità;Prezzo unitario;Valuta;Stato
B1;K1;31/03/2024 14:05;Tè verde;2;1.234,50 €;EUR;pagato
B2;K1;01/04/2024 09:00;Teiera;1;20,00 €;EUR;annullato
"""
DUTCH = """Bestelnummer;Klantnummer;Besteldatum;Artikel;Aantal;Prijs per stuk;Valuta;Bestelstatus
B1;K1;31-03-2024 14:05;Groene thee;2;1.234,50;EUR;betaald
B2;K1;01-04-2024 09:00;Theepot;1;20,00;EUR;geannuleerd
"""
POLISH = """Nr zamówienia;Nr klienta;Data zamówienia;Produkt;Ilość;Cena jednostkowa;Waluta;Status zamówienia
B1;K1;2024-03-31 14:05;Herbata;2;1 234,50;EUR;opłacone
B2;K1;2024-04-01 09:00;Czajnik;1;20,00;EUR;anulowane
"""
PORTUGUESE = """Número do pedido;Código do cliente;Data do pedido;Produto;Qtd;Preço unitário;Moeda;Estado do pedido
B1;K1;31/03/2024 14:05;Chá verde;2;1.234,50;EUR;pago
B2;K1;01/04/2024 09:00;Bule;1;20,00;EUR;cancelado
"""


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, encoding) for text in (GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH, PORTUGUESE)
          for encoding in ("utf-8", "cp1252")),
        (POLISH, "utf-8"),
        (POLISH, "utf-16"),
    ],
)  # fmt: skip
def test_orders_come_in_without_a_word_on_their_columns(text: str, encoding: str, tmp_path: Path):
    came = imported(text.encode(encoding), tmp_path)
    assert {entry.field for entry in came.plan.mapping} == {
        "order_id", "customer_id", "placed_at", "product", "quantity", "unit_price", "currency", "status",
    }  # fmt: skip
    assert came.column("document", "order_key") == ["B1", "B2"]
    assert came.sum("document", "gross") == 2469
    assert came.quarantine == []


@pytest.mark.parametrize(
    "text",
    [
        "Kundennummer;Vorname;Nachname;E-Mail-Adresse;Straße;PLZ;Ort\nK1;Ada;Lovelace;a@b.eu;Weg 1;10115;Berlin\n",
        "N° client;Prénom;Nom;Adresse e-mail;Rue;Code postal;Ville\nK1;Ada;Lovelace;a@b.eu;Weg 1;10115;Berlin\n",
        "Nº cliente;Nombre;Apellidos;Correo;Calle;Código postal;Ciudad\nK1;Ada;Lovelace;a@b.eu;Weg 1;10115;Berlin\n",
    ],
    ids=["German", "French", "Spanish"],
)
def test_people_come_in_without_a_word_on_their_columns(text: str, tmp_path: Path):
    person = imported(text, tmp_path, Given(kind="customers"))["person"][0]
    told = [person[name] for name in ("customer", "name", "email", "street", "postal_code", "city")]
    assert told == ["K1", "Ada Lovelace", "a@b.eu", "Weg 1", "10115", "Berlin"]


AMAZON = "amazon-order-id\tpurchase-date\tbuyer-email\tsku\tproduct-name\tquantity-purchased\titem-price"
SQUARE = "Date,Category,Item,Qty,SKU,Gross Sales,Discounts,Transaction ID,Customer ID"
STRIPE = "id,Created (UTC),Amount,Amount Refunded,Customer ID,Customer Email,Description,Status"
MAGENTO = "ID,Purchase Date,Grand Total (Purchased),Status,Customer Email"
ETSY = "Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Order ID"
SAP = "Verkaufsbeleg;Auftraggeber;Angelegt am;Material;Bezeichnung;Auftragsmenge;Nettowert;Währg"


@pytest.mark.parametrize(
    ("header", "row", "known"),
    [
        (
            AMAZON, "111-1\t2024-03-01T08:00:00+00:00\tx1@m.example\tS1\tKettle\t3\t25.99",
            {"order_id": "amazon-order-id", "quantity": "quantity-purchased", "customer_id": "buyer-email"},
        ),
        (
            SQUARE, "2024-03-01,Coffee,Latte,1,LAT,$4.50,$0.00,TX1,CU1",
            {"product": "Item", "product_id": "SKU", "total": "Gross Sales", "discount": "Discounts"},
        ),
        (
            STRIPE, "ch_1,2024-03-01 10:00,12.50,0.00,cus_1,a@x.example,Plan A,Paid",
            {"placed_at": "Created (UTC)", "total": "Amount", "refund": "Amount Refunded"},
        ),
        (
            MAGENTO, '1,"Mar 1, 2024, 10:15:00 AM",$36.39,complete,ann@x.example',
            {"placed_at": "Purchase Date", "total": "Grand Total (Purchased)", "customer_id": "Customer Email"},
        ),
        (ETSY, "03/15/24,Candle,ann,2,15.00,3.00,9001", {"customer_id": "Buyer", "product": "Item Name"}),
        (
            SAP, "0000012345;0000100001;01.03.2024;M-01;Schraube;1;250,00;EUR",
            {"order_id": "Verkaufsbeleg", "customer_id": "Auftraggeber", "product_id": "Material"},
        ),
    ],
    ids=["Amazon", "Square", "Stripe", "Magento", "Etsy", "SAP"],
)  # fmt: skip
def test_exports_of_well_known_programs_come_in(header: str, row: str, known: dict[str, str], tmp_path: Path):
    came = imported(f"{header}\n{row}\n", tmp_path)
    found = {entry.field: entry.columns[0] for entry in came.plan.mapping}
    assert found | known == found
    assert came.counts.accepted == 1


def test_a_column_called_id_is_suggested_for_the_order_and_shares_are_no_amounts_without_a_word(tmp_path: Path):
    rows = "1,C1,2024-03-01,10,0.2\n2,C1,2024-03-02,20,0.15\n"
    plan = imported(f"id,customer_id,date,price,discount\n{rows}", tmp_path).plan
    assert [(entry.field, entry.columns) for entry in plan.suggestions] == [("order_id", ("id",))]
    assert "discount is nowhere above 1: it is read as an amount of money, not as a share." in plan.warnings


def test_ids_behind_an_apostrophe_are_those_without_it(tmp_path: Path):
    text = "Customer ID,Email,Default Address Country Code\n'6001,ann@x.example,DE\n'6002,bob@x.example,FR\n"
    people = imported(text, tmp_path, Given(kind="customers"))["person"]
    assert [(each["customer"], each["country"]) for each in people] == [("6001", "DE"), ("6002", "FR")]
    some = imported("Customer ID,Email\n'6001,ann@x.example\n6002,bob@x.example\n", tmp_path, Given(kind="customers"))
    assert [each["customer"] for each in some["person"]] == ["'6001", "6002"]  # not all: it may be part of the name


@pytest.mark.parametrize(
    ("header", "day", "clock"),
    [
        ("Date,Time", "2024-03-01", "10:15:22"),
        ("Order Date,Order Time", "03/25/2024", "10:15 PM"),
        ("Datum,Uhrzeit", "25.03.2024", "9:05"),
    ],
)
def test_a_time_of_day_in_a_column_of_its_own_belongs_to_the_day_beside_it(
    header: str, day: str, clock: str, tmp_path: Path
):
    rows = f"o1,c1,{day},{clock},5\no2,c1,{day},,6\no3,c1,,{clock},7\n"
    came = imported(f"order_id,customer_id,{header},price\n{rows}", tmp_path)
    assert [entry.columns for entry in came.plan.mapping if entry.field == "placed_at"] == [tuple(header.split(","))]
    times = [str(each).split()[1] for each in came.column("document", "placed_at")]
    assert times == [{"10:15:22": "10:15:22", "10:15 PM": "22:15:00", "9:05": "09:05:00"}[clock], "00:00:00"]
    assert came.reasons() == ["placed_at: missing"]


def test_a_column_called_time_that_holds_no_time_of_day_stays_what_it_is(tmp_path: Path):
    came = imported("order_id,customer_id,date,time,price\no1,c1,2024-03-01,soon,5\n", tmp_path)
    assert [entry.columns for entry in came.plan.mapping if entry.field == "placed_at"] == [("date",)]
    whole = imported("order_id,customer_id,date,time,price\no1,c1,2024-03-01 10:00,11:00,5\n", tmp_path)
    assert [str(each) for each in whole.column("document", "placed_at")] == ["2024-03-01 10:00:00"]
