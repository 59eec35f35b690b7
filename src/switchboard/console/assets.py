"""What pages load: our own files and those that were built, under names that change with what is in them."""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

from switchboard.console.colours import colour_rules
from switchboard.foundation.errors import SwitchboardError

MEDIA = {
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    "woff2": "font/woff2",
}  # fmt: skip
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin",
}  # fmt: skip
MARK = "mark.svg"
OWN = ("console.css", "console.js", MARK)
BUILT: Mapping[str, tuple[str, ...]] = {
    "tabler.css": ("tabler.css",),
    "htmx.js": ("htmx.js", "htmx-sse.js"),  # htmx looks at the page right after its script: an extension later is late
    "inter.woff2": ("inter.woff2",),
}
FONT, STYLE = "inter.woff2", "console.css"


class NotBuilt(SwitchboardError):
    """The files that others made are not there."""

    code = "not_built"
    status = 503

    def __init__(self) -> None:
        super().__init__("what the console's pages load is not there yet; run `make install` in the checkout")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served, and what browsers may hold it against when it comes from elsewhere."""

    path: str
    media: str
    body: bytes
    packed: bytes | None  # None: it is packed by itself
    integrity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """The files by the names templates know them by, at the address browsers fetch them from; the icons' insides."""

    files: Mapping[str, Asset]
    icons: Mapping[str, str]
    base: str

    def address(self, name: str) -> str:
        """Where a page finds the file."""
        return self.base + self.files[name].path

    @property
    def mark(self) -> str:
        """Our mark as it stands in a page: a picture of its own would be a request, and a document to lay out."""
        return self.files[MARK].body.decode()

    def integrity(self, name: str) -> str:
        """What it has to be; empty where it comes from ourselves."""
        return self.files[name].integrity if self.base else ""


def read_assets(base: str | None) -> Assets:
    """The files; raise NotBuilt when those that others made are missing."""
    here = files("switchboard.console")
    built, own = here.joinpath("built"), here.joinpath("static")
    try:
        found = {name: _asset(name, _joined(built, parts)) for name, parts in BUILT.items()}
        icons = json.loads(built.joinpath("icons.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotBuilt from None
    found |= {name: _asset(name, _own(own, name, found[FONT])) for name in OWN}
    return Assets(files=found, icons=icons, base=(base or "").rstrip("/"))


def serve(asset: Asset, request: Request) -> Response:
    """The file, for browsers to keep."""
    packs = asset.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    headers = HEADERS | ({"Content-Encoding": "gzip"} if packs else {})
    return Response(asset.packed if packs else asset.body, media_type=asset.media, headers=headers)


def _joined(folder: Traversable, parts: tuple[str, ...]) -> bytes:
    return b"\n".join(folder.joinpath(part).read_bytes() for part in parts)


def _own(folder: Traversable, name: str, font: Asset) -> bytes:
    body = folder.joinpath(name).read_bytes()
    if name == STYLE:  # the font lies beside it, wherever both are served from
        return colour_rules().encode() + body.replace(FONT.encode(), font.path.rpartition("/")[2].encode())
    return body


def _asset(name: str, body: bytes) -> Asset:
    stem, _, ending = name.rpartition(".")
    mark = hashlib.sha256(body).hexdigest()[:12]
    packed = None if ending == "woff2" else gzip.compress(body, mtime=0)
    proof = base64.b64encode(hashlib.sha384(body).digest()).decode()
    return Asset(f"/assets/{stem}.{mark}.{ending}", MEDIA[ending], body, packed, f"sha384-{proof}")
