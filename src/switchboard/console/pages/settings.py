"""How the workspace is set up: its name, currency, time zone and the way it writes."""

from collections import Counter
from zoneinfo import available_timezones

from babel import Locale, localedata
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies
from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import WorkspaceChange
from switchboard.console.filled import Filled
from switchboard.console.visits import Visit
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values

PATH = "/settings"
FIELDS = ("name", "currency", "time_zone", "locale", "country")
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ZONES = sorted({*(each for each in available_timezones() if each.startswith(REGIONS)), "UTC"})
CURRENCIES = sorted({code for each in get_global("territory_currencies") for code in get_territory_currencies(each)})
SCRIPTS = ("zh_Hans", "zh_Hant", "sr_Cyrl", "sr_Latn")  # of languages that are written in two


def _locales() -> list[tuple[str, str]]:
    """Languages, and each as spoken by law or custom in one of several places, by the names they have in English."""
    there = [name for name in localedata.locale_identifiers() if _is_spoken(*name.partition("_")[::2])]
    often = Counter(name.partition("_")[0] for name in there)
    offered = {*often, *SCRIPTS, *(name for name in there if often[name.partition("_")[0]] > 1)}
    called = {name.replace("_", "-"): Locale.parse(name).english_name for name in offered}
    return sorted(((name, said) for name, said in called.items() if said), key=lambda each: each[1])


def _is_spoken(language: str, territory: str) -> bool:
    """English everywhere: shops are run in it."""
    if not territory or len(territory) > len("419"):
        return False
    return language == "en" or language in get_official_languages(territory, regional=True, de_facto=True)


LOCALES = _locales()


async def show(visit: Visit) -> Response:
    """The page."""
    shop = visit.shop
    values = {name: str(getattr(shop, name) or "") for name in FIELDS}
    return _page(visit, Filled(values=values))


async def change(visit: Visit) -> Response:
    """Keep what was changed."""
    fields = await visit.form()
    said = {name: fields.get(name, "").strip() for name in FIELDS}
    try:
        asked = read_values(WorkspaceChange, {name: value for name, value in said.items() if value})
        await visit.ask(accounts.change_workspace, asked)
    except SwitchboardError as error:
        return _page(visit, Filled.after(said, error), error.status)
    return visit.after(PATH if fields.get("then") != "import" else "/import", "The settings are kept.")


def _page(visit: Visit, filled: Filled, status: int = 200) -> Response:
    shown = {
        "filled": filled,
        "zones": ZONES,
        "currencies": CURRENCIES,
        "locales": _with_own(visit.shop.locale),
        "may_change": visit.caller.may(accounts.change_workspace.permission),
    }
    return visit.page("settings.html", shown, status)


def _with_own(now: str) -> list[tuple[str, str]]:
    """The locale that is set, then all those of its language, then all others; what is set is there whatever it is."""
    language = now.partition("-")[0]
    named = dict(LOCALES)
    own = (now, named.get(now) or Locale.parse(now, sep="-").english_name or now)
    near = [each for each in LOCALES if each[0].partition("-")[0] == language and each[0] != now]
    return [own, *near, *(each for each in LOCALES if each[0].partition("-")[0] != language)]


PAGES = ((PATH, "GET", show), (PATH, "POST", change))
