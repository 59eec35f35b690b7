"""A row of a customers file as a person; every column that is no field is an attribute.

A row without customer_id and e-mail is wrong. An e-mail that can not be one is kept and marked (`email_ok` false), and
wrong only where it is all that identifies the person. Of rows of the same person the last counts. Consent that is
neither yes nor no is unknown (NULL), as is whether an address is verified.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from switchboard.customers.imports.extras import NO, YES, extras_of
from switchboard.customers.imports.orders import moment_checks
from switchboard.customers.imports.records import DateStyle, Extra, Plan, Settings
from switchboard.customers.imports.sql import literal
from switchboard.customers.imports.typed import Check, Typed, cells, columns_left, id_checks, id_field, text_field
from switchboard.customers.imports.values import in_utc, moment
from switchboard.customers.imports.work import Work

EMAIL = r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+"
TEXTS = ("name", "phone", "country", "region", "city", "street", "postal_code")
FLAGS = ("consent_email", "consent_sms", "email_verified", "phone_verified")
KEEP = ("customer", "email", "email_ok", *TEXTS, "created_at", "updated_at", *FLAGS, "consent_at")


def typed_people(plan: Plan, settings: Settings) -> Typed:
    created = cells(plan, "created_at")
    checks: list[Check] = [
        ("customer IS NULL AND email IS NULL", "customer_id: missing, and no e-mail"),
        ("customer IS NULL AND NOT email_ok", "email: not an address, and no customer_id"),
        *id_checks({"customer_id": "customer", "email": "email"}),
    ]
    if created:
        zone = ZoneInfo("UTC") if plan.dates.zoned else ZoneInfo(settings.zone)
        latest = (settings.now + timedelta(days=1)).astimezone(zone)
        checks += moment_checks("created_at", created[0], "wall", latest)[1:]
    return Typed(
        fields={
            "customer": id_field(plan, "customer_id"),
            "email": id_field(plan, "email"),
            **{name: text_field(plan, name) for name in TEXTS},
            "wall": moment(created[0], plan.dates) if created else "NULL::TIMESTAMP",
            **{name: _flag(plan, name) for name in FLAGS},
            "updated_wall": _wall(plan, "updated_at"),
            "consent_wall": _wall(plan, "consent_at"),
        },
        derived={
            "email_ok": f"regexp_full_match(email, {literal(EMAIL)})",
            "created_at": "wall" if plan.dates.zoned else in_utc("wall"),
            "updated_at": "updated_wall" if _style(plan, "updated_at").zoned else in_utc("updated_wall"),
            "consent_at": "consent_wall" if _style(plan, "consent_at").zoned else in_utc("consent_wall"),
        },
        checks=tuple(checks),
        keep=KEEP,
        every_column=True,
    )


def _style(plan: Plan, field: str) -> DateStyle:
    return plan.more_dates.get(field, plan.dates)


def _wall(plan: Plan, field: str) -> str:
    given = cells(plan, field)
    return moment(given[0], _style(plan, field)) if given else "NULL::TIMESTAMP"


def _flag(plan: Plan, field: str) -> str:
    given = cells(plan, field)
    if not given:
        return "NULL::BOOLEAN"
    said = f"lower({given[0]})"
    return f"CASE WHEN list_contains({YES}, {said}) THEN true WHEN list_contains({NO}, {said}) THEN false END"


def people(work: Work, plan: Plan) -> tuple[Extra, ...]:
    """Makes the tables person and extra from `row`, and `dropped`; what the columns are that are no field."""
    work.run(
        "CREATE TABLE dropped AS SELECT rowid AS rid, NULL::VARCHAR AS reason FROM row WHERE reasons IS NULL "
        "QUALIFY rowid < max(rowid) OVER (PARTITION BY coalesce(customer, lower(email)), customer IS NULL)"
    )
    left = columns_left(plan)
    extra = "".join(f", t{place}" for place in left)
    work.run(
        "CREATE TABLE kept AS SELECT row_number() OVER (ORDER BY rowid) AS person_no, * EXCLUDE (reasons), "  # noqa: S608 - names of our own
        f"hash({', '.join(KEEP)}{extra}) AS marks FROM row WHERE reasons IS NULL "
        "AND rowid NOT IN (SELECT rid FROM dropped)"
    )
    work.run(
        f"CREATE TABLE person AS SELECT person_no, {', '.join(KEEP)}, "  # noqa: S608 - names of our own
        "(marks::HUGEINT - 9223372036854775808::HUGEINT)::BIGINT AS content FROM kept ORDER BY person_no"
    )
    extras = extras_of(work, plan, left)
    work.run(f"CREATE TABLE extra AS SELECT person_no{extra} FROM kept; DROP TABLE kept")  # noqa: S608 - names of our own
    return extras
