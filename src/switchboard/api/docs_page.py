"""`/docs`: the OpenAPI document as one plain page of our own: no script, nothing loaded from anywhere."""

import base64
import hashlib
import json
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid; }
details { margin: .6rem 0; padding: .3rem .8rem; border: 1px solid; border-radius: .4rem; }
summary { cursor: pointer; } code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .8rem; border: 1px dashed; border-radius: .4rem; }
b { display: inline-block; min-width: 3.2rem; }
"""
POLICY = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)


def page(document: dict[str, Any]) -> str:
    """The page."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            groups.setdefault(described["tags"][0], []).append(_operation(path, method, described))
    listed = "\n".join(f"<h2>{escape(tag)}</h2>\n{''.join(items)}" for tag, items in sorted(groups.items()))
    schemas = "\n".join(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    title = f"{escape(document['info']['title'])} {escape(document['info']['version'])}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><main><h1>{title}</h1>"
        f"<p>{_prose(document['info']['description'])}</p>"
        '<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>\n'
        f"{listed}\n<h2>Shapes</h2>\n{schemas}</main></body></html>"
    )


def _operation(path: str, method: str, described: dict[str, Any]) -> str:
    asks = [_parameter(each) for each in described.get("parameters", [])]
    asks += [_link(media.get("schema", {})) for media in described.get("requestBody", {}).get("content", {}).values()]
    gives = [
        f"<li>{escape(status)}: {escape(said['description'])} {_content(said)}</li>"
        for status, said in described["responses"].items()
    ]
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code>"
        f" {escape(described['summary'])}</summary>"
        f"<p>{_prose(described.get('description', ''))}</p>"
        f"<p>Asks: {', '.join(asks) or 'nothing'}</p><ul>{''.join(gives)}</ul></details>\n"
    )


def _parameter(parameter: dict[str, Any]) -> str:
    about = f" ({escape(parameter['description'])})" if parameter.get("description") else ""
    needed = "" if parameter.get("required") else ", optional"
    return f"<code>{escape(parameter['name'])}</code>{about}{needed}"


def _content(said: dict[str, Any]) -> str:
    return " ".join(_link(media.get("schema", {})) for media in said.get("content", {}).values())


def _link(schema: dict[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else escape(str(schema.get("format", "")))


def _schema(name: str, schema: dict[str, Any]) -> str:
    shown = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary><pre>{shown}</pre></details>\n'


def _prose(text: str) -> str:
    """Text with `code` set as such."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
