"""What pages load: our own style, script and mark, under names that change with what is in them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from switchboard.console.colours import colour_rules

MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
NAMES = ("console.css", "console.js", "mark.svg")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    path: str
    media: str
    body: bytes
    packed: bytes


def read_assets() -> Mapping[str, Asset]:
    """The files by the names templates know them by."""
    folder = files("switchboard.console").joinpath("static")
    found = {name: folder.joinpath(name).read_bytes() for name in NAMES}
    found["console.css"] = colour_rules().encode() + found["console.css"]
    return {name: _asset(name, body) for name, body in found.items()}


def serve(asset: Asset, request: Request) -> Response:
    """The file, for browsers to keep."""
    packs = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if packs:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.packed if packs else asset.body, media_type=asset.media, headers=headers)


def _asset(name: str, body: bytes) -> Asset:
    stem, _, ending = name.rpartition(".")
    mark = hashlib.sha256(body).hexdigest()[:12]
    return Asset(f"/assets/{stem}.{mark}.{ending}", MEDIA[ending], body, gzip.compress(body, mtime=0))
