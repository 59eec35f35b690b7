"""MCP Apps: what clients show of a tool's answer in a frame, where they say that they can.

A page is whole in itself: no asset of another place, and a policy that allows its own script and style by their hashes
and nothing else. The client hands it the answer; what customers wrote is set as text, never as markup.
Source: SEP-1865, revision 2026-01-26.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from mcp_types import ReadResourceResult, TextResourceContents, Tool

from switchboard.mcp.catalogue import Offered
from switchboard.mcp.exchange import Exchange
from switchboard.mcp.parts import Document
from switchboard.mcp.servers.server import Declared

EXTENSION = "io.modelcontextprotocol/ui"
MEDIA = "text/html;profile=mcp-app"
NO_DOMAINS: list[str] = []
META = {"ui": {"csp": {"connectDomains": NO_DOMAINS, "resourceDomains": NO_DOMAINS}, "prefersBorder": True}}
SHOWN = {  # by the operation whose answer it shows: its address, and what it is called
    "intelligence.profile": ("ui://switchboard/customer.html", "Customer card"),
    "customers.show_filter": ("ui://switchboard/audience.html", "Audience"),
}
STYLE = """
body{font:14px/1.5 system-ui,sans-serif;margin:12px;color:CanvasText;background:Canvas;color-scheme:light dark}
h1{font-size:18px;margin:0}p{margin:2px 0 10px;opacity:.75}dl{display:grid;grid-template-columns:auto 1fr;gap:2px 14px}
dt{opacity:.7}dd{margin:0;text-align:right;overflow-wrap:anywhere}pre{white-space:pre-wrap;overflow-wrap:anywhere}
"""
SCRIPT = """
const made = (tag, text) => Object.assign(document.createElement(tag), {textContent: String(text)});
const words = name => name.replaceAll("_", " ");
const told = value => typeof value === "number" ? value.toLocaleString(undefined, {maximumFractionDigits: 2}) : value;
const list = facts => {
  const out = document.createElement("dl");
  for (const [name, value] of Object.entries(facts ?? {}))
    if (value !== null && typeof value !== "object") out.append(made("dt", words(name)), made("dd", told(value)));
  return out;
};
const customer = said => [
  made("h1", said.customer_id), made("p", said.archetype?.name ?? "no archetype yet"),
  list(said.metrics), list(said.dominant_segments), made("p", `as of ${said.as_of}`),
];
const audience = said => [
  made("h1", said.name), made("p", said.about ?? ""), list(said), made("pre", JSON.stringify(said.filter, null, 2)),
];
const show = said => document.body.replaceChildren(...("customer_id" in said ? customer(said) : audience(said)));
const say = message => parent.postMessage({jsonrpc: "2.0", ...message}, "*");
addEventListener("message", ({source, data}) => {
  if (source !== parent || data?.jsonrpc !== "2.0") return;
  if (data.id === 1 && data.result) say({method: "ui/notifications/initialized"});
  const said = data.method === "ui/notifications/tool-result" && data.params?.structuredContent;
  if (said) show(said);
});
const appInfo = {name: "switchboard", version: "1"};
say({id: 1, method: "ui/initialize", params: {protocolVersion: "2026-01-26", appInfo, appCapabilities: {}}});
"""


def page(title: str) -> str:
    """The page, with the policy that holds in whatever frame it is shown."""
    policy = (
        f"default-src 'none'; script-src {_hash(SCRIPT)}; style-src {_hash(STYLE)}; base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>'
        f"<body><p>…</p><script>{SCRIPT}</script></body></html>"
    )


def app_of(declared: Declared, server: str) -> Document:
    """The page of an operation, as a document."""
    uri, title = SHOWN[declared.name]

    async def read(_: Exchange, uri: str, __: Mapping[str, str]) -> ReadResourceResult:
        contents = TextResourceContents(uri=uri, mime_type=MEDIA, text=page(title), _meta=META)
        return ReadResourceResult(contents=[contents])

    return Document(
        uri=uri, name=title.lower().replace(" ", "_"), title=title, about=f"{title}, to be shown in a frame.",
        media=MEDIA, permission=declared.permission, read=read, meta=META, server=server, extension=EXTENSION,
    )  # fmt: skip


def with_apps(tools: list[Tool], offered: Mapping[str, Offered]) -> list[Tool]:
    """The tools, those of whose answers there is a page with its address."""
    return [_with_app(tool, offered.get(tool.name)) for tool in tools]


def _with_app(tool: Tool, offered: Offered | None) -> Tool:
    if offered is None or offered.declared.name not in SHOWN:
        return tool
    uri, _ = SHOWN[offered.declared.name]
    return tool.model_copy(update={"meta": {**(tool.meta or {}), "ui": {"resourceUri": uri}}})


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
