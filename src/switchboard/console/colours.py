"""The charts' colours as the stylesheet needs them, so that page and charts can never differ.

Charts are drawn once, in the colours for light ground; on dark ground, rules exchange each colour for its
counterpart.
"""

from collections.abc import Iterator

from switchboard.foundation.charts.theme import COLOURS, Colours, Theme

DARK = '[data-bs-theme="dark"]'
SINGLE = ("ground", "text", "quiet", "line", "low", "high", "bad", "middle", "good")


def colour_rules() -> str:
    """CSS: the colours as variables for light and for dark, and charts recoloured for dark."""
    swaps = "".join(
        f'{DARK} .chart [fill="{light}"]{{fill:{dark}}}{DARK} .chart [stroke="{light}"]{{stroke:{dark}}}'
        for light, dark in counterparts().items()
    )
    return f":root{{{_variables('light')}}}{DARK}{{{_variables('dark')}}}{swaps}\n"


def counterparts() -> dict[str, str]:
    """Each colour of a drawing for light ground, with the one it is for dark."""
    return {
        light: dark
        for (_, light), (_, dark) in zip(_named(COLOURS["light"]), _named(COLOURS["dark"]), strict=True)
    }  # fmt: skip


def _variables(theme: Theme) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in _named(COLOURS[theme]))


def _named(colours: Colours) -> Iterator[tuple[str, str]]:
    for name in SINGLE:
        yield name, getattr(colours, name)
    for place, colour in enumerate(colours.categories, 1):
        yield f"c{place}", colour
