import re
from pathlib import Path

import switchboard.console

CONSOLE = Path(switchboard.console.__file__).parent
WHOLE = Path(__file__).parents[2] / ".cache/npm/node_modules/@tabler/core/dist/css/tabler.min.css"
REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.(-?[a-z_][\w-]*)", re.IGNORECASE)
NAMED = re.compile(r"""class="([^"]*)\"""")
VARIABLE = re.compile(r"var\((--tblr-[\w-]+)\)")


def test_every_class_of_tabler_that_a_template_names_has_its_rules():
    named = {
        word
        for page in CONSOLE.glob("templates/**/*.html")
        for classes in NAMED.findall(page.read_text())
        for word in re.split(r"[^\w-]+", classes)
    }
    kept = set(CLASS.findall((CONSOLE / "built/tabler.css").read_text()))
    used = named & set(CLASS.findall(REMARK.sub("", WHOLE.read_text())))
    assert len(used) > 50
    assert used - kept == set()


def test_every_value_that_our_stylesheet_takes_from_tabler_is_there():
    taken = set(VARIABLE.findall((CONSOLE / "static/console.css").read_text()))
    kept = (CONSOLE / "built/tabler.css").read_text()
    assert taken
    assert {name for name in taken if f"{name}:" not in kept} == set()
