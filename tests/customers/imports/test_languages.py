"""Exports with German, French and Spanish names of columns."""

from pathlib import Path

import pytest

from tests.customers.imports.importing import Given, imported

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


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH], ids=["German", "French", "Spanish"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
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
