"""What German, French and Spanish exports call the fields; compared like the English names, without accents."""

GERMAN = {
    "order_id": "Bestellnummer, Bestell-Nr, Bestell-ID, Bestellung, Auftragsnummer, Auftrags-Nr, Auftrag, "
    "Rechnungsnummer, Rechnungs-Nr, Rechnung Nr, Belegnummer, Beleg-Nr",
    "line_id": "Positionsnummer, Positions-Nr, Bestellposition",
    "customer_id": "Kundennummer, Kunden-Nr, Kunden-ID, Kundenkennung, Kunde, Kundin, Käufernummer, Käufer-ID, Käufer, "
    "Besteller, Debitorennummer, Debitor",
    "placed_at": "Bestelldatum, Auftragsdatum, Rechnungsdatum, Belegdatum, Kaufdatum, Bestellt am, Datum, Zeitpunkt",
    "product_id": "Artikelnummer, Artikel-Nr, Artikel-ID, Art.-Nr, Produktnummer, Produkt-ID",
    "product": "Artikelname, Artikelbezeichnung, Produktname, Produktbezeichnung, Bezeichnung, Artikel, Produkt",
    "category": "Warengruppe, Produktkategorie, Produktgruppe, Artikelgruppe, Kategorie",
    "quantity": "Menge, Anzahl, Stückzahl, Bestellmenge, Stück",
    "unit_price": "Einzelpreis, Stückpreis, Artikelpreis, Verkaufspreis, Preis pro Stück, Preis",
    "total": "Gesamtpreis, Positionsbetrag, Positionssumme, Zeilensumme, Gesamtbetrag, Rechnungsbetrag, Bestellwert, "
    "Gesamtsumme, Betrag, Umsatz, Summe",
    "discount": "Rabattbetrag, Rabatt, Preisnachlass, Nachlass",
    "refund": "Erstattungsbetrag, Rückerstattung, Erstattung, Gutschrift",
    "currency": "Währung, Waehrung, Währungscode",
    "email": "E-Mail-Adresse, Mailadresse, Kunden-E-Mail",
    "name": "Kundenname, Vollständiger Name",
    "phone": "Telefonnummer, Telefon, Rufnummer, Handynummer, Handy, Mobilnummer",
    "country": "Rechnungsland, Lieferland, Ländercode, Land",
    "status": "Bestellstatus, Auftragsstatus",
    "cancelled_at": "Storniert am, Stornodatum",
    "region": "Bundesland, Kanton",
    "city": "Stadt, Wohnort, Ort",
    "street": "Straße, Strasse, Straße und Hausnummer, Anschrift, Adresse",
    "postal_code": "Postleitzahl",
    "created_at": "Angelegt am, Registriert am, Kunde seit, Anmeldedatum",
    "kind": "Ereignis, Aktion",
    "at": "Zeitstempel, Zeitpunkt, Datum",
}
FRENCH = {
    "order_id": "Numéro de commande, Numéro commande, N° commande, N° de commande, ID commande, Référence commande, "
    "Commande, Numéro de facture, N° facture, Facture",
    "line_id": "Numéro de ligne, N° ligne",
    "customer_id": "Numéro client, Numéro de client, N° client, ID client, Code client, Client, ID acheteur, Acheteur",
    "placed_at": "Date de commande, Date commande, Date d'achat, Date de facture, Date facture, Date de facturation",
    "product_id": "Référence produit, Référence article, Code article, Code produit, Réf. produit, Réf. article",
    "product": "Nom du produit, Nom produit, Libellé produit, Désignation, Libellé, Produit",
    "category": "Catégorie de produit, Catégorie produit, Catégorie, Famille",
    "quantity": "Quantité, Qté, Quantité commandée",
    "unit_price": "Prix unitaire, Prix unitaire HT, Prix unitaire TTC, PU HT, PU TTC, Prix de vente, Prix",
    "total": "Total ligne, Montant ligne, Prix total, Total HT, Total TTC, Montant total, Montant HT, Montant TTC, "
    "Montant, Chiffre d'affaires",
    "discount": "Montant remise, Remise, Réduction, Rabais",
    "refund": "Montant remboursé, Remboursement",
    "currency": "Devise, Monnaie",
    "email": "Adresse e-mail, Adresse mail, Courriel",
    "name": "Nom du client, Nom client, Nom complet",
    "phone": "Numéro de téléphone, Téléphone portable, Portable",
    "country": "Pays, Code pays, Pays de facturation, Pays de livraison",
    "status": "Statut de la commande, Statut commande, Statut, État de la commande",
    "cancelled_at": "Annulée le, Date d'annulation",
    "city": "Ville",
    "street": "Rue, Adresse",
    "postal_code": "Code postal",
    "created_at": "Inscrit le, Date d'inscription, Client depuis, Date de création",
    "kind": "Événement",
    "at": "Horodatage, Date et heure",
}
SPANISH = {
    "order_id": "Número de pedido, Número pedido, N.º de pedido, N.º pedido, ID de pedido, ID pedido, Pedido, "
    "Número de factura, N.º factura, Factura",
    "line_id": "Número de línea, N.º línea",
    "customer_id": "Número de cliente, N.º cliente, ID de cliente, ID cliente, Código de cliente, Código cliente, "
    "Cliente, ID de comprador, Comprador",
    "placed_at": "Fecha de pedido, Fecha del pedido, Fecha pedido, Fecha de compra, Fecha de factura, Fecha factura, "
    "Fecha",
    "product_id": "Código de producto, Código producto, ID de producto, ID producto, Código de artículo, "
    "Referencia de producto, Referencia producto",
    "product": "Nombre del producto, Nombre de producto, Descripción, Producto, Artículo",
    "category": "Categoría de producto, Categoría, Familia",
    "quantity": "Cantidad, Unidades",
    "unit_price": "Precio unitario, Precio por unidad, Precio de venta, Precio",
    "total": "Total línea, Importe línea, Precio total, Importe total, Monto total, Importe, Monto",
    "discount": "Importe de descuento, Importe descuento, Descuento",
    "refund": "Importe reembolsado, Reembolso, Devolución",
    "currency": "Moneda, Divisa",
    "email": "Correo electrónico, Dirección de correo, Correo",
    "name": "Nombre del cliente, Nombre completo",
    "phone": "Número de teléfono, Teléfono, Teléfono móvil, Móvil",
    "country": "País, Código de país, País de facturación, País de envío",
    "status": "Estado del pedido, Estado",
    "cancelled_at": "Cancelado el, Fecha de cancelación",
    "region": "Provincia",
    "city": "Ciudad, Localidad, Población",
    "street": "Dirección, Calle",
    "postal_code": "Código postal",
    "created_at": "Fecha de alta, Fecha de registro, Cliente desde",
    "kind": "Evento",
    "at": "Fecha y hora, Fecha",
}
NAMES_OF_PEOPLE = (
    ("firstname", "lastname"), ("vorname", "nachname"), ("prenom", "nom"), ("nombre", "apellidos"),
    ("nombre", "apellido"),
)  # fmt: skip
"""First and last name in columns of their own."""


def names_abroad(field: str) -> tuple[str, ...]:
    """Other names of a field."""
    written = ", ".join(names.get(field, "") for names in (GERMAN, FRENCH, SPANISH))
    return tuple(name for part in written.split(",") if (name := part.strip()))
