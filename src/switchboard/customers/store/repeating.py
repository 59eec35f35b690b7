"""Who said again what was said last of people: ready to have said it, once whoever said it first is taken back."""

from collections.abc import Sequence
from uuid import UUID

from switchboard.customers.store import identities
from switchboard.foundation import sql
from switchboard.foundation.ground import Work

NOTE = """
insert into repeated_told as r (workspace_id, import_id, of_import, people)
select $1, $2, n.of_import, range_agg(int8range(n.person, n.person + 1))
from unnest($3::uuid[], $4::bigint[]) n (of_import, person) group by n.of_import
on conflict (import_id, of_import) do update set people = r.people + excluded.people
"""
THEIRS = "(select range_agg(int8range(each, each + 1)) from unnest($3::bigint[]) each)"
ANY = "select exists (select from repeated_told where workspace_id = $1 and (import_id = $2 or of_import = $2))"
# What they only repeated becomes a word of their own.
OWN = """
insert into told (workspace_id, person_key, import_id, contact, country, created_at, attributes, said_at, stated,
    email_consent, sms_consent, consent_at)
select $1, t.person_key, $2, t.contact, t.country, t.created_at, t.attributes, t.said_at, t.stated, t.email_consent,
    t.sms_consent, t.consent_at
from told t join repeated_told r on r.workspace_id = $1 and r.import_id = $2 and r.of_import = t.import_id
where t.workspace_id = $1 and t.person_key = any($3) and t.person_key <@ r.people
on conflict do nothing
"""
NO_LONGER = f"""
update repeated_told set people = people - {THEIRS} where workspace_id = $1 and import_id = $2
"""
HEIRS = """
select r.import_id from repeated_told r join import i on i.workspace_id = $1 and i.id = r.import_id
where r.workspace_id = $1 and r.of_import = $2 order by i.number
"""
# A word without a time of its own was said when the import that now has it began, if that was later.
HEIR_OF = """
from import heir, repeated_told r
where t.workspace_id = $1 and t.import_id = $2 and heir.workspace_id = $1 and heir.id = $4
    and r.workspace_id = $1 and r.import_id = $4 and r.of_import = $2 and t.person_key <@ r.people
    and ($3::bigint[] is null or t.person_key = any($3))
"""
SAID_AT = "case when t.stated then t.said_at else greatest(t.said_at, heir.began_at) end"
HAND_ON = f"update told t set import_id = $4, said_at = {SAID_AT} {HEIR_OF} returning t.person_key"
SHARE = f"""
insert into told (workspace_id, person_key, import_id, contact, country, created_at, attributes, said_at, stated,
    email_consent, sms_consent, consent_at)
select $1, t.person_key, $4, t.contact, t.country, t.created_at, t.attributes, {SAID_AT}, t.stated, t.email_consent,
    t.sms_consent, t.consent_at
from told t, {HEIR_OF.strip().removeprefix("from ")} returning person_key
"""
# Whoever repeated it too stands ready for the heir now.
STAND_BEHIND = f"""
insert into repeated_told as r (workspace_id, import_id, of_import, people)
select $1, o.import_id, $4, o.people * {THEIRS} from repeated_told o
where o.workspace_id = $1 and o.of_import = $2 and o.import_id <> $4 and o.people && {THEIRS}
on conflict (import_id, of_import) do update set people = r.people + excluded.people
"""
NOT_BEHIND = f"""
update repeated_told set people = people - {THEIRS} where workspace_id = $1 and of_import = $2 and people && {THEIRS}
"""
FORGET = "delete from repeated_told where workspace_id = $1 and (import_id = $2 or of_import = $2)"
HAND_ON_CONSENT = """
update consent set import_id = $3::uuid, reference = 'import ' || $3::uuid::text || ' ' || at::text
where workspace_id = $1 and import_id = $2 and person_key = any($4)
"""


async def note(work: Work, import_id: UUID, said: Sequence[tuple[UUID, int]]) -> None:
    """Keep that an import says again what others said last of people: (import, person_key)."""
    if said:
        of_imports, people = zip(*said, strict=True)
        await sql.execute(work, NOTE, work.caller.workspace, import_id, list(of_imports), list(people))


async def part(work: Work, import_id: UUID, person_keys: Sequence[int]) -> None:
    """An import is about to say more of these people: what it repeated and what others repeated of it stays theirs."""
    mine, people = work.caller.workspace, list(person_keys)
    if not people or not await sql.fetch_value(work, ANY, mine, import_id):
        return
    for step in (OWN, NO_LONGER):
        await sql.execute(work, step, mine, import_id, people)
    for heir in await _heirs(work, import_id):
        await _inherit(work, import_id, heir, await sql.fetch(work, SHARE, mine, import_id, people, heir))


async def hand_on(work: Work, import_id: UUID) -> None:
    """What others said after an import becomes their word, with identities and consents; the import repeats no more."""
    mine = work.caller.workspace
    for heir in await _heirs(work, import_id):
        handed = await _inherit(work, import_id, heir, await sql.fetch(work, HAND_ON, mine, import_id, None, heir))
        await identities.hand_on(work, import_id, heir, handed)
        await sql.execute(work, HAND_ON_CONSENT, mine, import_id, heir, handed)
    await sql.execute(work, FORGET, mine, import_id)


async def _heirs(work: Work, import_id: UUID) -> list[UUID]:
    """The imports that repeated this one, in their order."""
    return [row["import_id"] for row in await sql.fetch(work, HEIRS, work.caller.workspace, import_id)]


async def _inherit(work: Work, import_id: UUID, heir: UUID, rows: Sequence[sql.Row]) -> list[int]:
    """Have those who repeated a word, too, stand behind its heir; of whom it is."""
    people = [row["person_key"] for row in rows]
    if people:
        await sql.execute(work, STAND_BEHIND, work.caller.workspace, import_id, people, heir)
        await sql.execute(work, NOT_BEHIND, work.caller.workspace, import_id, people)
    return people
