"""The pages that clients show in a frame: each whole in itself, with what it says to the client it is shown by.

Nothing is fetched, and nothing that customers or agents wrote becomes markup. What a page asks goes through the client,
as the agent: so a page can try a change, or make one that was granted, and can grant none.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

STYLE = """
body{font:14px/1.5 system-ui,sans-serif;margin:0;color:CanvasText;background:Canvas;color-scheme:light dark}
main{padding:12px}main:empty{padding:0}
h1{font-size:18px;margin:0}p{margin:2px 0 10px;opacity:.8}dl{display:grid;grid-template-columns:auto 1fr;gap:2px 14px}
dt{opacity:.8}dd{margin:0;text-align:right;overflow-wrap:anywhere}pre,p{white-space:pre-wrap;overflow-wrap:anywhere}
button{font:inherit;padding:4px 12px;margin:0 8px 8px 0;min-height:32px}output{display:block}
"""
TALK = """
const host = {};
const root = document.querySelector("main");
const waiting = new Map();
const PATIENCE_MS = 60_000;
let last = 0;
const say = message => parent.postMessage({jsonrpc: "2.0", ...message}, "*");
const ask = (method, params) => new Promise((give, fail) => {
  const id = ++last;
  const late = setTimeout(() => waiting.delete(id) && fail(new Error("there was no answer; try again")), PATIENCE_MS);
  waiting.set(id, {give, fail, late});
  say({id, method, params});
});
const sized = () => {
  const {width, height} = document.documentElement.getBoundingClientRect();
  say({method: "ui/notifications/size-changed", params: {width: Math.ceil(width), height: Math.ceil(height)}});
};
const dressed = context => {
  if (["light", "dark"].includes(context?.theme)) document.documentElement.style.colorScheme = context.theme;
};
const heard = {
  "ui/notifications/tool-result": said => show(said),
  "ui/notifications/host-context-changed": said => dressed(said),
};
addEventListener("message", ({source, data}) => {
  if (source !== parent || data?.jsonrpc !== "2.0") return;
  const asked = data.method === undefined && waiting.get(data.id);
  if (asked) {
    waiting.delete(data.id);
    clearTimeout(asked.late);
    if (data.error) asked.fail(new Error(String(data.error.message ?? "it was refused")));
    else asked.give(data.result ?? {});
  } else if (data.method === "ping" || data.method === "ui/resource-teardown") say({id: data.id, result: {}});
  else heard[data.method]?.(data.params ?? {});
});
const made = (tag, text) => Object.assign(document.createElement(tag), {textContent: String(text)});
const words = name => name.replaceAll("_", " ");
const told = value => typeof value === "number" ? value.toLocaleString(undefined, {maximumFractionDigits: 2}) : value;
const list = facts => {
  const out = document.createElement("dl");
  for (const [name, value] of Object.entries(facts ?? {}))
    if (value !== null && typeof value !== "object") out.append(made("dt", words(name)), made("dd", told(value)));
  return out;
};
const appInfo = {name: "switchboard", version: "1"};
const begin = async () => {
  document.currentScript.remove();
  const hello = {protocolVersion: "2026-01-26", appInfo, appCapabilities: {}};
  Object.assign(host, (await ask("ui/initialize", hello)).hostCapabilities);
  say({method: "ui/notifications/initialized"});
  new ResizeObserver(sized).observe(root);
};
"""
ANSWERS = """
const customer = said => [
  made("h1", said.customer_id), made("p", said.archetype?.name ?? "no archetype yet"),
  list(said.metrics), list(said.dominant_segments), made("p", `as of ${said.as_of}`),
];
const audience = said => [
  made("h1", said.name), made("p", said.about ?? ""), list(said), made("pre", JSON.stringify(said.filter, null, 2)),
];
const show = ({structuredContent: said}) => {
  if (said) root.replaceChildren(...("customer_id" in said ? customer(said) : audience(said)));
};
"""
CHANGE = """
const MOST = 2_000;
const output = document.createElement("output");
let given = {}, what = null, approval = null;
heard["ui/notifications/tool-input"] = said => { given = said.arguments ?? {}; };
heard["ui/notifications/tool-cancelled"] = () => root.replaceChildren(made("p", "It was cancelled."));
const short = text => text.length > MOST ? `${text.slice(0, MOST)} …` : text;
const flat = of => Object.fromEntries(Object.entries(of ?? {}).map(([name, value]) =>
  [name, value !== null && typeof value === "object" ? short(JSON.stringify(value)) : value]));
const text = said => (said.content ?? []).filter(each => each.type === "text").map(each => each.text).join("\\n");
const result = said => said.isError ? [made("p", short(text(said)))] : [list(flat(said.structuredContent))];
const tell = (...nodes) => output.replaceChildren(...nodes);
const again = more => {
  const inner = what.tool === "call_tool" ? {...given, arguments: {...given.arguments, ...more}} : {...given, ...more};
  return ask("tools/call", {name: what.tool, arguments: inner});
};
const attempt = act => async ({currentTarget: pressed}) => {
  pressed.disabled = true;
  try { await act(); } catch (error) { tell(made("p", `It did not work: ${error.message}`)); }
  pressed.disabled = false;
};
const button = (name, act) => {
  const out = Object.assign(made("button", name), {type: "button"});
  out.addEventListener("click", attempt(act));
  return out;
};
const look = () => ask("ui/open-link", {url: approval.page});
const dry = async () => {
  const said = await again({dry_run: true});
  tell(made("p", said.isError ? "It would fail:" : "It would give this; nothing was changed:"), ...result(said));
};
const go = async () => {
  const said = await again({approval: approval.id});
  if (said.isError) return tell(...result(said));
  show(said);
  const done = `${what.title}: done from its card, once it had been granted. It is not to be called again.`;
  await ask("ui/update-model-context", {content: [{type: "text", text: done}]}).catch(() => {});
};
const until = () => new Date(approval.expires_at).toLocaleString();
const waits = () => {
  const offered = [];
  if (host.openLinks && /^https?:/.test(approval.page)) offered.push(button("Open it in the console", look));
  if (host.serverTools) offered.push(button("Try it without a trace", dry), button("It is granted: do it", go));
  const where = made("p", `Whoever may do this says yes or no in the console, signed in: ${approval.page}`);
  return [
    made("h1", `${what.title}?`), made("p", `It waits for a person's word until ${until()}, and is done once.`),
    list(flat({operation: what.operation, ...approval.asked})), made("p", what.undo), where, ...offered, output,
  ];
};
const went = meta => meta.dry_run ? "A dry run: nothing was changed." : meta.repeated ? "It was done before." : "Done.";
const state = said => said.isError ? "It was not done." : went(said._meta);
const ended = said => [made("h1", what.title), made("p", state(said)), ...result(said), made("p", what.undo)];
const show = said => {
  ({change: what, approval} = said._meta ?? {});
  tell();
  root.replaceChildren(...(what ? approval ? waits() : ended(said) : []));
};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A page: its address, what it is called, and what it does with an answer."""

    uri: str
    title: str
    script: str


CUSTOMER = App(uri="ui://switchboard/customer.html", title="Customer card", script=ANSWERS)
AUDIENCE = App(uri="ui://switchboard/audience.html", title="Audience", script=ANSWERS)
APPROVAL = App(uri="ui://switchboard/approval.html", title="Approval of a change", script=CHANGE)


def page(app: App) -> str:
    """The page, with the policy that holds in whatever frame it is shown."""
    script = f"{TALK}{app.script}begin();\n"
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(STYLE)}; base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{app.title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>'
        f"<body><main><p>…</p></main><script>{script}</script></body></html>"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
