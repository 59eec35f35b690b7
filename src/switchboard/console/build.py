"""What others made and our pages load: taken out of npm's packages when Switchboard is installed, never committed.

Runs on its own, before anything of Switchboard is installed: `python build.py NODE_MODULES NODE`, and after a change to
package.json `python build.py --lock PACKAGE_LOCK`, which leaves only names, versions and hashes in the lock.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE / "built"
FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
ICONS = (
    "adjustments", "alert-triangle", "arrow-left", "arrows-exchange", "arrows-random", "bell", "bulb", "calendar",
    "chart-dots", "chart-line", "check", "chevron-down", "chevron-right", "circle-check", "clock", "copy", "database",
    "device-desktop", "dots-vertical", "download", "eye", "file-import", "filter", "help-circle", "history", "home",
    "info-circle", "key", "language", "layout-dashboard", "list-search", "lock", "logout", "mail", "menu-2", "minus",
    "moon", "package", "pencil", "player-pause", "player-play", "plug", "plus", "refresh", "search", "send", "server",
    "settings", "shield-lock", "shopping-cart", "stack-2", "star", "sun", "sun-moon", "tag", "trash", "trending-down",
    "trending-up", "upload", "user", "user-circle", "user-plus", "users", "users-group", "x",
)  # fmt: skip
# Where a class may be named that a page shows; a name put together from parts is not found.
NAMED = ("templates/**/*.html", "**/*.py", "static/*.js", "built/*.js")
MAPS = re.compile(r"/[/*][#@] sourceMappingURL=\S+(?: \*/)?\s*$")
PATH = re.compile(r'<path[^>]* d="([^"]*)"')
FRAME = "M0 0h24v24H0z"


def build(packages: Path, node: Path) -> None:
    """Copy the files, of the stylesheet what pages use; icons go into one file, which is written last."""
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir()
    for name, source in FILES.items():
        body = (packages / source).read_bytes()
        if not name.endswith("woff2"):
            body = MAPS.sub("", body.decode()).encode()
        (BUILT / name).write_bytes(body)
    _purge(packages / "purgecss/bin/purgecss.js", node)
    icons = {name: _inside(packages / f"@tabler/icons/icons/outline/{name}.svg") for name in ICONS}
    (BUILT / "icons.json").write_text(json.dumps(icons), encoding="utf-8")


def shorten(lock: Path) -> None:
    """Leave out of npm's lock who takes donations where."""
    kept = json.loads(lock.read_text(encoding="utf-8"))
    for package in kept["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    lock.write_text(f"{json.dumps(kept, indent=2)}\n", encoding="utf-8")


def _purge(purgecss: Path, node: Path) -> None:
    """Leave the rules for what our pages name: a tenth of a sheet that a browser reads before it paints."""
    styles = [BUILT / "tabler.css", HERE / "static/console.css"]
    named = [str(HERE / each) for each in NAMED]
    made = BUILT / "made"
    made.mkdir()
    given = ["--css", *styles, "--content", *named, "--keyframes", "--variables", "--output", f"{made}/"]
    subprocess.run([node, purgecss, *given], check=True, timeout=60)  # noqa: S603 - a pinned package's program
    (made / "tabler.css").replace(BUILT / "tabler.css")
    shutil.rmtree(made)


def _inside(icon: Path) -> str:
    """The icon's lines as one path: a page shows some thirty icons, and a browser lays out each path by itself."""
    lines = [each for each in PATH.findall(icon.read_text(encoding="utf-8")) if each != FRAME]
    assert lines, icon
    assert all(each.startswith("M") for each in lines), icon
    return f'<path d="{"".join(lines)}"/>'


if __name__ == "__main__":
    if sys.argv[1] == "--lock":
        shorten(Path(sys.argv[2]))
    else:
        build(Path(sys.argv[1]), Path(sys.argv[2]))
