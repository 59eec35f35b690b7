"""A small shop with people in it, and a browser at the console's door."""

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx2
from starlette.types import ASGIApp

from switchboard.accounts import operations as accounts
from switchboard.accounts import tenants
from switchboard.accounts.records import UserAdd, Workspace
from switchboard.accounts.roles import Role, operator_caller
from switchboard.customers import uploads
from switchboard.customers.operations import begin_upload, import_file
from switchboard.customers.records import ImportRequest, UploadRequest
from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.running import segment
from switchboard.intelligence.records import RunAsked

PASSWORD = "correct horse battery"  # noqa: S105 - of people who live in tests
ADDRESS = "http://127.0.0.1:8000"
END = datetime(2025, 6, 20, 12, tzinfo=UTC)  # the clock of this history: the day after its last order
ODD = "<script>alert('id')</script>/ö?&#"  # an id that would break a careless page
ODD_PRODUCT = "<script>alert('product')</script>"
COLUMNS = ("order_id", "customer_id", "placed_at", "product_id", "product", "quantity", "unit_price", "currency")
PEOPLE = ("customer_id", "name", "email", "phone", "city")


@dataclass(kw_only=True)
class Browser:
    """Somebody's browser: keeps cookies, says where its forms come from."""

    client: httpx2.AsyncClient
    page: str = ""
    sends: dict[str, str] = field(default_factory=lambda: {"Origin": ADDRESS})

    @classmethod
    def at(cls, app: ASGIApp, *, base: str = ADDRESS) -> Self:
        transport = httpx2.ASGITransport(app=app, client=(f"2001:db8:{uuid4().hex[:4]}::1", 50_000))
        return cls(client=httpx2.AsyncClient(transport=transport, base_url=base), sends={"Origin": base})

    async def get(self, path: str) -> httpx2.Response:
        answer = await self.client.get(path)
        self.page = answer.text
        return answer

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        """A form of the page last seen, with its token unless another is given."""
        sent = {"token": self.token, **fields}
        answer = await self.client.post(path, data=sent, headers=self.sends)
        self.page = answer.text or self.page
        return answer

    async def sign_in(self, email: str, password: str = PASSWORD, *, following: str = "/") -> httpx2.Response:
        await self.get("/sign-in")
        return await self.send("/sign-in", email=email, password=password, next=following)

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.page)
        return found[1] if found else ""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A segmented workspace and the e-mail of one user of each role asked for."""

    workspace: Workspace
    emails: dict[Role, str]


async def add_user(ground: Ground, workspace: Workspace, role: Role, email: str = "") -> str:
    """The e-mail of a new user whose password is PASSWORD."""
    asked = UserAdd.model_validate(
        {"email": email or f"{uuid4().hex}@example.com", "role": role, "password": PASSWORD, "name": "Mia Berg"}
    )
    return (await accounts.add_user(ground, operator_caller(workspace.id), asked, door="test")).email


async def open_shop(ground: Ground, folder: Path, letter: str = "c") -> Shop:
    """Sixty customers over fifteen months, called by the letter and a number, among them one with an odd id."""
    workspace = await tenants.make(ground, f"Tea & Co {uuid4().hex[:6]}", "EUR", "Europe/Berlin")
    await bring_in(ground, workspace, _written(folder / "orders.csv", COLUMNS, _orders(letter)), "orders")
    await bring_in(ground, workspace, _written(folder / "people.csv", PEOPLE, _people(letter)), "customers")
    await segment(ground, operator_caller(workspace.id), RunAsked(), door="test")
    roles: tuple[Role, ...] = ("owner", "admin", "marketer", "analyst", "support")
    return Shop(workspace=workspace, emails={role: await add_user(ground, workspace, role) for role in roles})


async def bring_in(ground: Ground, workspace: Workspace, file: Path, kind: str, preset: str | None = None) -> None:
    """Import a file."""
    operator = operator_caller(workspace.id)
    upload = await begin_upload(ground, operator, UploadRequest(name=file.name), door="test")
    uploads.place(ground.data_dir, workspace.id, upload.upload_id).write_bytes(file.read_bytes())
    asked = ImportRequest.model_validate({"upload_id": upload.upload_id, "kind": kind, "preset": preset})
    await import_file(ground, operator, asked, door="test")


def _orders(letter: str) -> list[tuple[object, ...]]:
    """Customer n orders every 10 + 3n days backwards from the end; every fifth one only once."""
    rows: list[tuple[object, ...]] = []
    for n in range(60):
        who = ODD if n == 0 else f"{letter}{n}"
        times = 1 if n % 5 == 4 else max(2, 450 // (10 + 3 * n))
        for k in range(times):
            at = END - timedelta(days=1 + n + k * (10 + 3 * n))
            product = ("odd", ODD_PRODUCT) if n == 0 else (f"p{k % 7}", f"Tea {k % 7}")
            rows.append((f"o{n}-{k}", who, at.isoformat(), *product, 1 + n % 3, "12.50", "EUR"))
    return rows


def _people(letter: str) -> list[tuple[object, ...]]:
    return [(f"{letter}1", "Ada Lovelace", "ada@analytical.example", "+49 30 1234567", "Berlin")]


def _written(path: Path, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path
