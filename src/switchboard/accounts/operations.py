"""What callers can do about workspaces, users, keys, sessions, allowances and the trail."""

from switchboard.accounts import audit, keys, limits, links, second_factor, sessions, tenants, users
from switchboard.accounts.approvals import keeping
from switchboard.accounts.records import (
    AllowanceChange,
    AllowanceList,
    AuditAsked,
    AuditList,
    KeyAdd,
    KeyAdded,
    KeyList,
    KeyRevoke,
    PageAsked,
    PasswordChange,
    PasswordReset,
    SessionEnd,
    SessionList,
    User,
    UserAdd,
    UserDisable,
    UserList,
    UserPassword,
    UserSetRole,
    WorkspaceChange,
    WorkspaceSettings,
)
from switchboard.accounts.sign_in_records import (
    FactorBegun,
    FactorCode,
    FactorRemoved,
    Invite,
    Link,
    LinkRef,
    OpenLinks,
    Proof,
    RecoveryCodes,
    SecondFactor,
    UserRef,
)
from switchboard.foundation.ground import Work
from switchboard.foundation.operations import operation
from switchboard.foundation.records import Nothing
from switchboard.foundation.terms import not_undone, undone_by, undone_within

PASSWORD_TRIES = 10
DECLARED = keeping  # importing it declares who keeps first answers and approvals


@operation("workspaces.settings", title="Workspace settings", permission="workspace:read", reads=True)
async def workspace_settings(work: Work, _asked: Nothing) -> WorkspaceSettings:
    """How the workspace is set up: name, currency, time zone, and the instant its figures are of by default."""
    return tenants.settings(await tenants.current(work), work.now)


@operation(
    "workspaces.change",
    title="Change workspace settings",
    permission="workspace:manage",
    undo=undone_by("workspaces.change", "with what was there before"),
)
async def change_workspace(work: Work, asked: WorkspaceChange) -> WorkspaceSettings:
    """Change the name, time zone, country or clock of the workspace, and its currency before orders are imported."""
    return tenants.settings(await tenants.change(work, asked), work.now)


@operation("users.list", title="Users", permission="users:manage", reads=True)
async def list_users(work: Work, asked: PageAsked) -> UserList:
    """Who may sign in to the workspace, and as what; those disabled, too."""
    return await users.page(work, asked)


@operation("users.add", title="Add a user", permission="users:manage", undo=undone_by("users.disable"))
async def add_user(work: Work, asked: UserAdd) -> UserPassword:
    """Let somebody sign in, or again after they were disabled; a made-up password is shown this once."""
    return await users.add(work, asked)


@operation(
    "users.disable",
    title="Disable a user",
    permission="users:manage",
    undo=undone_by("users.add", "with the same e-mail and role, and a new password"),
)
async def disable_user(work: Work, asked: UserDisable) -> User:
    """Let a user in no more: sessions, tokens and, unless told otherwise, the API keys they made end."""
    return await users.disable(work, asked)


@operation(
    "users.set_role",
    title="Change a user's role",
    permission="users:manage",
    undo=undone_by("users.set_role", "with the role before"),
)
async def set_user_role(work: Work, asked: UserSetRole) -> User:
    """Make a user something else, never more than oneself is."""
    return await users.set_role(work, asked)


@operation(
    "users.reset_password",
    title="Reset a password",
    permission="users:manage",
    undo=not_undone("the password before is kept nowhere; the user can be given another"),
)
async def reset_password(work: Work, asked: PasswordReset) -> UserPassword:
    """Give a user a new password, shown this once, and sign them out everywhere."""
    return await users.reset_password(work, asked)


@operation(
    "users.change_password",
    title="Change my password",
    permission="workspace:read",
    per_hour=PASSWORD_TRIES,
    undo=undone_by("users.change_password", "with the password before"),
)
async def change_password(work: Work, asked: PasswordChange) -> User:
    """Change one's own password, which signs out everywhere."""
    return await users.change_password(work, asked)


@operation(
    "users.invite",
    title="Ask somebody in",
    permission="users:manage",
    undo=undone_within(
        links.lasts_s("invitation"), "users.revoke_link", "with the id that users.links shows, until it was used"
    ),
)
async def invite_user(work: Work, asked: Invite) -> Link:
    """A link by which somebody chooses a password and is a user from then on; good once, for seven days."""
    return await links.invite(work, asked)


@operation(
    "users.password_link",
    title="A link for a new password",
    permission="users:manage",
    undo=undone_within(
        links.lasts_s("password"), "users.revoke_link", "with the id that users.links shows, until it was used"
    ),
)
async def password_link(work: Work, asked: UserRef) -> Link:
    """A link by which a user chooses a new password, which signs them out everywhere; good once, for a day."""
    return await links.password_link(work, asked)


@operation("users.links", title="Links that are out", permission="users:manage", reads=True)
async def list_links(work: Work, asked: PageAsked) -> OpenLinks:
    """Invitations and links for a new password that nobody has used yet."""
    return await links.page(work, asked)


@operation(
    "users.revoke_link",
    title="Revoke a link",
    permission="users:manage",
    undo=not_undone("the word of a link is kept nowhere; make another link"),
)
async def revoke_link(work: Work, asked: LinkRef) -> Nothing:
    """Have an invitation, or a link for a new password, let nobody in."""
    await links.revoke(work, asked.id)
    return Nothing()


@operation(
    "users.reset_second_factor",
    title="Reset a second factor",
    permission="users:manage",
    undo=not_undone("the secret is gone; the user turns it on again with a new one"),
)
async def reset_second_factor(work: Work, asked: UserRef) -> User:
    """Ask a user for codes no more who lost the telephone and the codes for recovery."""
    return await users.reset_second_factor(work, asked)


@operation("second_factor.state", title="My second factor", permission="workspace:read", reads=True)
async def second_factor_state(work: Work, _asked: Nothing) -> SecondFactor:
    """Whether one's own sign-in asks for a code, and how many codes for recovery are left."""
    return await second_factor.state(work)


@operation(
    "second_factor.begin",
    title="A second factor",
    permission="workspace:read",
    per_hour=PASSWORD_TRIES,
    undo=undone_by("second_factor.remove"),
)
async def begin_second_factor(work: Work, asked: Proof) -> FactorBegun:
    """A secret for an app that makes codes; they are asked for at sign-in once one of them confirmed it."""
    return await second_factor.begin(work, asked)


@operation(
    "second_factor.confirm",
    title="Turn it on",
    permission="workspace:read",
    per_hour=PASSWORD_TRIES,
    undo=undone_by("second_factor.remove"),
)
async def confirm_second_factor(work: Work, asked: FactorCode) -> RecoveryCodes:
    """Ask for a code at sign-in from now on; gives the codes for recovery, shown this once."""
    return await second_factor.confirm(work, asked)


@operation(
    "second_factor.remove",
    title="Turn it off",
    permission="workspace:read",
    per_hour=PASSWORD_TRIES,
    undo=not_undone("the secret is gone; begin again with a new one"),
)
async def remove_second_factor(work: Work, asked: FactorRemoved) -> SecondFactor:
    """Ask for codes no more at one's own sign-in."""
    return await second_factor.remove(work, asked)


@operation("keys.list", title="API keys", permission="keys:manage", reads=True)
async def list_keys(work: Work, asked: PageAsked) -> KeyList:
    """API keys of the workspace, newest first: what they may do, when they were used, whether they are revoked."""
    return await keys.page(work, asked)


@operation(
    "keys.add", title="Make an API key", permission="keys:manage", undo=undone_by("keys.revoke"), needs_approval=True
)
async def add_key(work: Work, asked: KeyAdd) -> KeyAdded:
    """Make an API key that may do what a role may, or less; it is shown this once."""
    return await keys.make(work, asked)


@operation(
    "keys.revoke",
    title="Revoke an API key",
    permission="keys:manage",
    undo=not_undone("a revoked key stays revoked; make another"),
    needs_approval=True,
)
async def revoke_key(work: Work, asked: KeyRevoke) -> Nothing:
    """End an API key and the tokens it was given, within five seconds."""
    await keys.revoke(work, asked.id)
    return Nothing()


@operation("sessions.list", title="My sessions", permission="workspace:read", reads=True)
async def list_sessions(work: Work, asked: PageAsked) -> SessionList:
    """The browsers one is signed in with."""
    return await sessions.page(work, asked)


@operation(
    "sessions.end",
    title="End a session of mine",
    permission="workspace:read",
    undo=not_undone("who was signed out signs in again"),
)
async def end_session(work: Work, asked: SessionEnd) -> Nothing:
    """Sign out a browser of one's own, within five seconds."""
    await sessions.end_own(work, asked.id)
    return Nothing()


@operation("limits.list", title="Allowances", permission="workspace:read", reads=True)
async def list_limits(work: Work, _asked: Nothing) -> AllowanceList:
    """How many calls an hour roles, clients and the workspace have."""
    return await limits.listed(work)


@operation(
    "limits.change",
    title="Change an allowance",
    permission="workspace:manage",
    undo=undone_by("limits.change", "with the allowance before, or none"),
)
async def change_limit(work: Work, asked: AllowanceChange) -> AllowanceList:
    """Set how many calls an hour each caller of a role, a client or the workspace has, within five seconds."""
    return await limits.change(work, asked)


@operation("audit.list", title="Audit trail", permission="audit:read", reads=True)
async def list_audit(work: Work, asked: AuditAsked) -> AuditList:
    """Who did what when, newest first; by operation, caller, outcome, customer and time."""
    return await audit.listed(work, asked)
