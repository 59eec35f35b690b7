"""Every change there is: what it is asked for in a small shop, and what its undo is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pyotp.totp import TOTP

from switchboard.accounts.roles import operator_caller
from switchboard.accounts.sessions import Sessions
from switchboard.customers.jobs import import_upload
from switchboard.foundation.callers import Caller
from switchboard.foundation.jobs import JobRun
from switchboard.foundation.operations import OPERATIONS
from switchboard.foundation.terms import ApprovalNeeded
from tests.accounts.people import PASSWORD, add_user, sign_in, someone
from tests.shop import Shop, orders

Asked = dict[str, Any]
FILTER = {"feature": "lifetime_value", "more_than": 5}
OTHER = {"feature": "lifetime_value", "more_than": 50}
ADDRESS = "ada@example.com"
NEW_PASSWORD = "battery horse correct"  # noqa: S105 - of nobody
BOUGHT = orders(
    "o1,c1,2026-09-01,p1,Tea,Drinks,1,10,,", "o2,c1,2026-09-20,p1,Tea,Drinks,2,10,,",
    "o3,c2,2026-10-02,p2,Cup,Ware,1,12,,", "o4,c3,2026-11-01,p1,Tea,Drinks,5,10,,",
)  # fmt: skip
MORE = orders("o5,c1,2026-11-02,p1,Tea,Drinks,1,10,,", "o6,c4,2026-11-03,p9,Pot,Ware,1,30,,", "o7,c5,soon,p1,,,1,1,,")
PEOPLE = f"customer_id,email,name\nc1,{ADDRESS},Ada\nc2,bob@example.com,Bob\nc3,{ADDRESS},Ada L.\n"


@dataclass(kw_only=True)
class Trying:
    """A shop in which a change is tried, who asks, and what was there before it."""

    shop: Shop
    caller: Caller
    known: Asked

    async def do(self, name: str, /, **asked: Any) -> Any:
        """Call an operation, as one of no interest here."""
        operation = OPERATIONS[name]
        return await operation(self.shop.ground, self.caller, operation.asks.model_validate(asked), door="test")


Prepare = Callable[[Trying], Awaitable[Asked]]
Undo = Callable[[Trying, Any], Awaitable[Asked]]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change: what makes it possible and what it is asked for; what its undo is asked for, given its answer.

    `differs` names tables, or columns as `table.column`, that keep a record of both, on purpose.
    """

    ask: Prepare
    undo: Undo | None = None
    differs: frozenset[str] = frozenset()
    as_user: bool = False
    is_same_to_readers: bool = False  # rows come back under other keys: what readers see of orders is compared


CHANGES: dict[str, Change] = {}


def fixed(_name: str, _differs: str = "", /, *, undo: Asked | None = None, **asked: Any) -> None:
    """A change of which all is known before."""

    async def ask(_: Trying) -> Asked:
        return asked

    async def back(_: Trying, __: Any) -> Asked:
        return undo or {}

    CHANGES[_name] = Change(ask=ask, undo=None if undo is None else back, differs=frozenset(_differs.split()))


def change(name: str, undo: Undo | None = None, differs: str = "", **more: bool) -> Callable[[Prepare], Prepare]:
    """A change that has to be made possible first."""

    def declare(ask: Prepare) -> Prepare:
        CHANGES[name] = Change(ask=ask, undo=undo, differs=frozenset(differs.split()), **more)
        return ask

    return declare


def by(**fields: str) -> Undo:
    """An undo that is asked for these fields of the answer."""

    async def back(_: Trying, given: Any) -> Asked:
        return {name: getattr(given, of) for name, of in fields.items()}

    return back


def again(*names: str, **asked: Any) -> Undo:
    """An undo that is asked for what was there before."""

    async def back(trying: Trying, _: Any) -> Asked:
        return {name: trying.known[name] for name in names} | asked

    return back


async def _user(trying: Trying, role: str = "analyst") -> UUID:
    """A new user, whose e-mail is known."""
    email = f"u{trying.shop.workspace.id.hex}@example.com"
    added = await trying.do("users.add", email=email, role=role, password=PASSWORD)
    trying.known |= {"email": email, "role": role, "password": PASSWORD, "id": added.id}
    return added.id


async def _back_to_name(trying: Trying, _: Any) -> Asked:
    return {"name": trying.shop.workspace.name}


@change("workspaces.change", _back_to_name)
async def _(trying: Trying) -> Asked:
    return {"name": f"{trying.shop.workspace.name} anew"}


@change("users.add", by(id="id"), "membership account")
async def _(trying: Trying) -> Asked:
    return {"email": f"u{trying.shop.workspace.id.hex}@example.com", "role": "analyst", "password": PASSWORD}


@change("users.disable", again("email", "role", "password"), "membership.added_at")
async def _(trying: Trying) -> Asked:
    return {"id": await _user(trying)}


@change("users.set_role", again("id", "role"))
async def _(trying: Trying) -> Asked:
    return {"id": await _user(trying), "role": "support"}


@change("users.reset_password")
@change("users.reset_second_factor")
@change("users.password_link", by(id="id"), "sign_in_link")
async def _(trying: Trying) -> Asked:
    return {"id": await _user(trying)}


async def _old_password(_: Trying, __: Any) -> Asked:
    return {"old": NEW_PASSWORD, "new": PASSWORD}


@change("users.change_password", _old_password, as_user=True)
async def _(_: Trying) -> Asked:
    return {"old": PASSWORD, "new": NEW_PASSWORD}


@change("users.invite", by(id="id"), "sign_in_link")
async def _(trying: Trying) -> Asked:
    return {"email": f"i{trying.shop.workspace.id.hex}@example.com", "role": "analyst"}


@change("users.revoke_link")
async def _(trying: Trying) -> Asked:
    email = f"i{trying.shop.workspace.id.hex}@example.com"
    return {"id": (await trying.do("users.invite", email=email, role="analyst")).id}


async def _no_code(_: Trying, __: Any) -> Asked:
    return {"password": PASSWORD, "code": "none"}


async def _recovery_code(_: Trying, given: Any) -> Asked:
    return {"password": PASSWORD, "code": given.codes[0]}


@change("second_factor.begin", _no_code, as_user=True)
async def _(_: Trying) -> Asked:
    return {"password": PASSWORD}


@change("second_factor.confirm", _recovery_code, "account", as_user=True)
async def _(trying: Trying) -> Asked:
    begun = await trying.do("second_factor.begin", password=PASSWORD)
    return {"code": TOTP(begun.secret).now()}


@change("second_factor.remove", as_user=True)
async def _(trying: Trying) -> Asked:
    begun = await trying.do("second_factor.begin", password=PASSWORD)
    confirmed = await trying.do("second_factor.confirm", code=TOTP(begun.secret).now())
    return {"password": PASSWORD, "code": confirmed.codes[0]}


@change("sessions.end", as_user=True)
async def _(trying: Trying) -> Asked:
    await Sessions(trying.shop.ground).start(trying.caller, "a browser")
    return {"id": (await trying.do("sessions.list")).sessions[0].id}


fixed("limits.change", undo={"about": "role", "name": "analyst", "per_hour": None}, about="role", name="analyst",
      per_hour=9)  # fmt: skip


@change("keys.add", by(id="id"), "api_key")
async def _(_: Trying) -> Asked:
    return {"name": "till", "role": "analyst"}


@change("keys.revoke")
async def _(trying: Trying) -> Asked:
    return {"id": (await trying.do("keys.add", name="till", role="analyst")).id}


async def _made_client(_: Trying, given: Any) -> Asked:
    return {"id": given.client.id}


@change("clients.create", _made_client, "api_key")
async def _(_: Trying) -> Asked:
    return {"name": "till"}


@change("clients.change", again("id", name="till"), "client.changed_at")
async def _(trying: Trying) -> Asked:
    made = await trying.do("clients.create", name="till")
    trying.known["id"] = made.client.id
    return {"id": made.client.id, "name": "other"}


@change("clients.delete")
async def _(trying: Trying) -> Asked:
    return {"id": (await trying.do("clients.create", name="till")).client.id}


async def _aside(trying: Trying) -> UUID:
    """An approval that waits."""
    agent = someone(trying.shop.workspace, "admin")
    operation = OPERATIONS["keys.add"]
    asked = operation.asks.model_validate({"name": "till", "role": "analyst"})
    try:
        await operation(trying.shop.ground, agent, asked, door="mcp")
    except ApprovalNeeded as needed:
        return needed.approval.id
    raise AssertionError("nobody was asked")


@change("approvals.grant", by(id="id"), "approval.state approval.settled_at approval.settled_by")
@change("approvals.refuse")
async def _(trying: Trying) -> Asked:
    return {"id": await _aside(trying)}


fixed("approvals.set_rule", undo={"operation": "keys.add", "needed": None}, operation="keys.add", needed=False)
fixed("customers.begin_upload", name="orders.csv")


@change("customers.import_file", by(import_id="import_id"), "import", is_same_to_readers=True)
async def _(trying: Trying) -> Asked:
    return {"upload_id": await trying.shop.upload(MORE), "kind": "orders"}


async def _imported(trying: Trying, given: Any) -> Asked:
    """The import that the job made."""
    shop = trying.shop
    job = await trying.do("jobs.show", id=given.job_id)
    run = JobRun(workspace=shop.workspace.id, id=job.id, subject=job.subject, asked_by=trying.caller.id)
    await import_upload(shop.ground, run)
    return {"import_id": (await trying.do("customers.imports")).imports[0].import_id}


@change("customers.start_import", _imported, "import upload job", is_same_to_readers=True)
async def _(trying: Trying) -> Asked:
    return {"upload_id": await trying.shop.upload(MORE), "kind": "orders"}


@change("customers.undo_import", again("upload_id", kind="orders"), "import", is_same_to_readers=True)
async def _(trying: Trying) -> Asked:
    trying.known["upload_id"] = await trying.shop.upload(MORE)
    made = await trying.do("customers.import_file", upload_id=trying.known["upload_id"], kind="orders")
    return {"import_id": made.import_id}


@change("customers.set_rates", again("rates"))
async def _(trying: Trying) -> Asked:
    trying.known["rates"] = [{"currency": "USD", "day": "2026-11-01", "rate": "0.9"}]
    await trying.do("customers.set_rates", rates=trying.known["rates"])
    return {"rates": [{"currency": "USD", "day": "2026-11-01", "rate": "0.8"}]}


@change("customers.define_attribute", again(name="size", type="text"), "attribute.made_at")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.define_attribute", name="size", type="text")
    return {"name": "size", "type": "number"}


async def _sized(trying: Trying) -> None:
    await trying.do("customers.define_attribute", name="size", type="text")
    await trying.do("customers.set_attributes", customer_id="c1", attributes={"size": "m"}, source="desk")


@change(
    "customers.set_attributes",
    again(customer_id="c1", attributes={"size": "m"}, source="desk"),
    is_same_to_readers=True,
)
async def _(trying: Trying) -> Asked:
    await _sized(trying)
    return {"customer_id": "c1", "attributes": {"size": "l"}, "source": "desk"}


@change("customers.forget_attribute")
async def _(trying: Trying) -> Asked:
    await _sized(trying)
    return {"name": "size"}


SAID = {"customer_id": "c1", "channel": "email", "purpose": "marketing", "source": "form"}
SUPPRESSED = {"channel": "email", "address": ADDRESS, "reason": "asked", "source": "form"}


@change("customers.record_consent", again(**SAID, state="given"), "consent")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.record_consent", **SAID, state="given")
    return {**SAID, "state": "withdrawn"}


fixed("customers.suppress", undo={"channel": "email", "address": ADDRESS}, **SUPPRESSED)


@change("customers.release", again(**SUPPRESSED), "suppression.at")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.suppress", **SUPPRESSED)
    return {"channel": "email", "address": ADDRESS}


fixed("customers.erase", customer_id="c1", confirm="c1")


@change("customers.lift_erasure")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.erase", customer_id="c1", confirm="c1")
    return {"customer_id": "c1", "reason": "asked"}


fixed("customers.access_export", customer_id="c1")


@change("customers.delete_filter", again(name="big", filter=FILTER), "audience.id audience.made_at audience.changed_at")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.save_filter", name="big", filter=FILTER)
    return {"name": "big"}


fixed("customers.save_filter", undo={"name": "big"}, name="big", filter=FILTER)


async def _back_to_two(_: Trying, given: Any) -> Asked:
    return {"merge_id": given.merge_id}


PEOPLE_DIFFER = "merge person event job merged"


@change("customers.merge", _back_to_two, PEOPLE_DIFFER)
async def _(_: Trying) -> Asked:
    return {"customer_id": "c1", "other_id": "c2", "survivor": "c1"}


@change("customers.unmerge", again(customer_id="c1", other_id="c2", survivor="c1"), PEOPLE_DIFFER)
async def _(trying: Trying) -> Asked:
    made = await trying.do("customers.merge", customer_id="c1", other_id="c2", survivor="c1")
    return {"merge_id": made.merge_id}


@change("customers.verify_identity", again(customer_id="c3"), "merge identity contested person.changed")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.verify_identity", customer_id="c1", kind="email", value=ADDRESS)
    return {"customer_id": "c3", "kind": "email", "value": ADDRESS}


@change("customers.set_identity_limit", again("people"))
async def _(trying: Trying) -> Asked:
    trying.known["people"] = 4
    await trying.do("customers.set_identity_limit", people=4)
    return {"people": 7}


@change("customers.ingest", by(import_id="import_id"), "import", is_same_to_readers=True)
async def _(_: Trying) -> Asked:
    return {"people": [{"customer_id": "n1", "name": "Nina"}], "source": "web"}


fixed("customers.set_retention", undo={"kind": "events", "as_usual": True}, kind="events", days=400)


@change("customers.apply_retention")
async def _(trying: Trying) -> Asked:
    await trying.do("customers.set_retention", kind="orders", days=365)
    return {"dry_run": False}


fixed("customers.export_contacts", channel="email", purpose="marketing", customer_ids=["c1", "c2"])


@change("customers.export_audience")
async def _(trying: Trying) -> Asked:
    await trying.shop.segment()
    return {"channel": "email", "purpose": "marketing", "filter": FILTER}


async def _waiting(trying: Trying) -> UUID:
    upload = await trying.shop.upload(MORE)
    return (await trying.do("customers.start_import", upload_id=upload, kind="orders")).job_id


@change("jobs.cancel", by(id="id"), "job")
async def _(trying: Trying) -> Asked:
    return {"id": await _waiting(trying)}


@change("jobs.retry", by(id="id"), "job")
async def _(trying: Trying) -> Asked:
    job = await _waiting(trying)
    await trying.do("jobs.cancel", id=job)
    return {"id": job}


fixed("jobs.pause", undo={"name": "intelligence.nightly"}, name="intelligence.nightly")


@change("jobs.resume", again(name="intelligence.nightly"), "job_pause.paused_at")
async def _(trying: Trying) -> Asked:
    await trying.do("jobs.pause", name="intelligence.nightly")
    return {"name": "intelligence.nightly"}


@change("jobs.run_now", by(id="id"), "job")
async def _(_: Trying) -> Asked:
    return {"name": "intelligence.nightly"}


fixed("intelligence.dismiss_insight", undo={"rule": "value_at_risk"}, rule="value_at_risk")


@change(
    "intelligence.restore_insight",
    again(rule="value_at_risk"),
    "insight_dismissed.until insight_dismissed.dismissed_at",
)
async def _(trying: Trying) -> Asked:
    await trying.do("intelligence.dismiss_insight", rule="value_at_risk")
    return {"rule": "value_at_risk"}


@change("intelligence.save_archetype", by(archetype_id="archetype_id"), "job")
async def _(trying: Trying) -> Asked:
    await trying.shop.segment()
    return {"name": "Big ones", "filter": OTHER}


@change("intelligence.delete_archetype", again(name="Big ones", filter=OTHER), "job custom_archetype")
async def _(trying: Trying) -> Asked:
    await trying.shop.segment()
    made = await trying.do("intelligence.save_archetype", name="Big ones", filter=OTHER)
    return {"archetype_id": made.archetype_id}


@change("intelligence.export_profiles")
@change("intelligence.export_segments")
async def _(trying: Trying) -> Asked:
    await trying.shop.segment()
    return {}


@change("intelligence.export_predictions")
async def _(trying: Trying) -> Asked:
    lines = [
        f"q{person}-{month},d{person},2026-{month:02}-{1 + person % 27:02},p1,Tea,Drinks,1,{5 + person % 7},,"
        for person in range(150)
        for month in range(1 + person % 4, 12, 1 + person % 5)
    ]
    await trying.shop.bring(orders(*lines))
    await trying.shop.segment()
    return {"horizon_days": 30}


@change("intelligence.label_archetype", again("archetype_id"), "archetype_label job")
async def _(trying: Trying) -> Asked:
    await trying.shop.segment()
    first = (await trying.do("intelligence.top_archetypes")).archetypes[0].archetype_id
    trying.known["archetype_id"] = first
    return {"archetype_id": first, "name": "The best"}


fixed("intelligence.segment")


@change("intelligence.set_settings", again(segments={"strong": 0.6}), "intelligence_settings.changed_at")
async def _(trying: Trying) -> Asked:
    await trying.do("intelligence.set_settings", segments={"strong": 0.6})
    return {"segments": {"strong": 0.7}}


NAME = "customer-data"


@change("servers.switch", again(name=NAME, enabled=True))
async def _(trying: Trying) -> Asked:
    await trying.do("servers.switch", name=NAME, enabled=True)
    return {"name": NAME, "enabled": False}


@change("servers.set", again(name=NAME, timeout_s=None))
async def _(trying: Trying) -> Asked:
    await trying.do("servers.set", name=NAME, timeout_s=None)
    return {"name": NAME, "timeout_s": 5}


@change("servers.roll_out", again(name=NAME))
@change("servers.end_rollout", again(name=NAME), "mcp_server")
@change("servers.roll_back", again(name=NAME), "mcp_server")
async def _(trying: Trying) -> Asked:
    await trying.do("servers.switch", name=NAME, enabled=True)
    return {"name": NAME}


async def tried(shop: Shop, name: str) -> tuple[Trying, Asked]:
    """The shop with a few customers, made ready for this change, and what it is asked for."""
    await shop.bring(BOUGHT)
    await shop.bring(PEOPLE, "customers")
    trying = Trying(shop=shop, caller=operator_caller(shop.workspace.id), known={})
    if CHANGES[name].as_user:
        email = await add_user(shop.ground, shop.workspace, "owner")
        trying = replace(trying, caller=await sign_in(shop.ground, email, workspace=shop.workspace))
    return trying, await CHANGES[name].ask(trying)
