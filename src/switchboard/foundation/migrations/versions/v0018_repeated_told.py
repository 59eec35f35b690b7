"""Whose word an import repeated is kept with whom it said it of."""

from alembic import op

revision = "0018"
down_revision = "0017"

REPEATED = """
create table repeated_told (
    workspace_id uuid not null,
    import_id uuid not null,
    of_import uuid not null,
    people int8multirange not null,
    primary key (import_id, of_import));
create index repeated_told_of on repeated_told (of_import);
"""
# Of those before it, the word that was last then; of whom it said more since, that is its own.
FILL = """
insert into repeated_told (workspace_id, import_id, of_import, people)
select i.workspace_id, i.id, o.import_id, range_agg(int8range(o.person_key, o.person_key + 1))
from import i cross join lateral (
    select distinct on (t.person_key) t.person_key, t.import_id
    from told t join import u on u.workspace_id = i.workspace_id and u.id = t.import_id
    where t.workspace_id = i.workspace_id and t.person_key <@ i.same_people and u.number < i.number
        and (not t.stated or t.said_at <= i.done_at)
        and not exists (select from told own where own.person_key = t.person_key and own.import_id = i.id)
    order by t.person_key, t.said_at desc, u.number desc) o
where i.status = 'done' and not isempty(i.same_people) group by i.workspace_id, i.id, o.import_id
"""


def upgrade() -> None:
    op.execute(REPEATED)
    op.execute(FILL)
    op.execute("alter table import drop column same_people")
    op.execute("select guard('repeated_told')")
    op.execute("grant maintain on repeated_told to switchboard_app")
