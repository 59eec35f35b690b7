"""How the workspace is set up: its name, currency, time zone and the way it writes."""

from zoneinfo import available_timezones

from babel import Locale, localedata
from babel.languages import get_official_languages
from babel.numbers import list_currencies
from starlette.responses import Response

from switchboard.accounts import operations as accounts
from switchboard.accounts.records import WorkspaceChange
from switchboard.console.filled import Filled
from switchboard.console.visits import Visit
from switchboard.foundation.errors import SwitchboardError
from switchboard.foundation.reading import read_values

PATH = "/settings"
FIELDS = ("name", "currency", "time_zone", "locale", "country")
ZONES = sorted(each for each in available_timezones() if "/" in each or each == "UTC")
CURRENCIES = sorted(code for code in list_currencies("en") if len(code) == 3)
SCRIPTS = ("zh_Hans", "zh_Hant", "sr_Cyrl", "sr_Latn")  # of languages that are written in two


def _locales() -> list[tuple[str, str]]:
    """What is spoken by law or custom where, and each such language by itself, by the names they have in English."""
    known = localedata.locale_identifiers()
    there = [name for name in known if _is_spoken(*name.partition("_")[::2])]
    offered = {*there, *SCRIPTS, *(name for name in known if any(each.startswith(f"{name}_") for each in there))}
    return sorted(((name.replace("_", "-"), _called(name)) for name in offered), key=lambda each: each[1])


def _is_spoken(language: str, territory: str) -> bool:
    """English everywhere: shops are run in it."""
    if not territory or len(territory) > len("419"):
        return False
    return language == "en" or language in get_official_languages(territory, regional=True, de_facto=True)


def _called(name: str) -> str:
    return Locale.parse(name).english_name or name


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
    now = visit.shop.locale
    own = [] if now in dict(LOCALES) else [(now, _called(now.replace("-", "_")))]
    shown = {
        "filled": filled,
        "zones": ZONES,
        "currencies": CURRENCIES,
        "locales": [*own, *LOCALES],
        "may_change": visit.caller.may(accounts.change_workspace.permission),
    }
    return visit.page("settings.html", shown, status)


PAGES = ((PATH, "GET", show), (PATH, "POST", change))
