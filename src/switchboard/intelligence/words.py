"""Plain words: names as people write them, and archetypes named from what is true of their members."""

from collections.abc import Mapping

from switchboard.intelligence.segments import AXES

EVERYONE = "Everyone else"
WHO = ("category_exploration", "repurchase_behavior", "price_sensitivity", "return_behavior")  # their phrases are acts


def plain(name: str) -> str:
    """A name such as large_baskets as people write it."""
    return name.replace("_", " ").capitalize()


def title(fixed: Mapping[str, str], *, is_fading: bool) -> str:
    """The name of the archetype whose members share these segments {axis: segment}; unlike ones are named unlike.

    For example "Fading frequent buyers" or "Weekly shoppers with large baskets who restock the same products".
    """
    if not fixed and not is_fading:
        return EVERYONE
    words = [phrase("customer_maturity", fixed), "fading" if is_fading else ""]
    words.append(phrase("purchase_frequency", fixed) or "buyers")
    words += [phrase("purchase_cadence", fixed), phrase("purchase_value", fixed)]
    acts = [phrase(axis, fixed) for axis in WHO if axis in fixed]
    if acts:
        words.append("who " + " and ".join([", ".join(acts[:-1]), acts[-1]] if len(acts) > 1 else acts))
    text = " ".join(word for word in words if word)
    return text[0].upper() + text[1:]


def phrase(axis: str, fixed: Mapping[str, str]) -> str:
    """How the axis's segment reads inside a name; empty where the axis is not fixed."""
    return next((name.phrase for name in AXES[axis].vocabulary if name.name == fixed.get(axis)), "")
