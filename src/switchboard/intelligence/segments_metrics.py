"""What the figures of the axes are: how far a customer belongs to each segment, worked out on all eight."""

from collections.abc import Mapping
from dataclasses import dataclass

from switchboard.intelligence.metrics import Ask, Metric, Sale, Shop, Subject, Threshold, Worked, of
from switchboard.intelligence.records import Profile
from switchboard.intelligence.segments import AXES, SegmentSettings
from switchboard.intelligence.shop_records import Axes, AxisShown, SegmentShown, Size

SHOP = Shop(
    name="eight axes",
    about="Ann ordered three times and sent something back; Bob bought another product every week.",
    sales=(
        Sale("a1", "ann", "2024-01-01", 20, "tea", "Drinks"),
        Sale("a2", "ann", "2024-02-10", 10, "tea", "Drinks", discount=2),
        Sale("a2", "ann", "2024-02-10", 10, "cup", "Ware"),
        Sale("a3", "ann", "2024-03-21", 20, "tea", "Drinks"),
        Sale("r1", "ann", "2024-04-01", 4, "tea", "Drinks", quantity=-1),
        Sale("b{n}", "bob", "2024-01-02", 20, "p{n}", "Food", times=30, every=7),
    ),
)
ANN = Ask(SHOP, "intelligence.profile", {"customer_id": "ann"})
KEPT = 1e-5  # of shares as they are kept
SETTINGS = SegmentSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnAxis:
    """Ann on an axis: how position x and variance e come about, her dominant segment, its share and how it does."""

    position: str
    segment: str
    share: float
    how: str


WORKED: Mapping[str, _OnAxis] = {
    "purchase_frequency": _OnAxis(
        position="x = ln(orders a year); e = 0.6 fade^2 + 0.25 / orders, fade = ln((orders due in 90 days + 1) /"
        " (orders of the last 90 days + 1)), at least 0",
        segment="regular",
        share=0.572151,
        how="x = ln(365 x 3 / 205) = 1.6755; due 5.341 x 90 / 365 = 1.317, fade = ln(2.317 / 1) = 0.8403, e = 0.6 x"
        " 0.7061 + 0.25 / 3 = 0.5070; weights 1 / (d^2 + e) are 0.6793, 1.9212, 0.5043, 0.1707, 0.0823: 1.9212 /"
        " 3.3578",
    ),
    "purchase_value": _OnAxis(
        position="x = ln(average order before refunds / the shop's typical order, the median over customers); e ="
        " 0.18 / orders",
        segment="typical_baskets",
        share=0.833139,
        how="x = ln(19.333 / 19.667) = -0.0171, the median of ann's 58 / 3 and bob's 20; e = 0.06; weights 1.5267,"
        " 16.5859, 1.4106, 0.3845: 16.5859 / 19.9077",
    ),
    "category_exploration": _OnAxis(
        position="x = -ln(share of the top category); e = 0.5 (1 - share) / orders",
        segment="category_loyal",
        share=0.740743,
        how="Drinks 48 of 58 is 0.8276, beyond the outer anchor 0.8, so x = 0.2231; e = 0.5 x 0.1724 / 3 = 0.0287;"
        " weights 34.8, 8.4176, 2.5708, 1.1915: 34.8 / 46.9799",
    ),
    "price_sensitivity": _OnAxis(
        position="x = s = share of spend on discounted lines; e = (s (1 - s) + 0.1) / (4 (orders + 1))",
        segment="full_price",
        share=0.654101,
        how="s = 8 / 58 = 0.1379; e = (0.1189 + 0.1) / 16 = 0.0137; weights 66.1358, 25.0326, 6.9072, 3.0340:"
        " 66.1358 / 101.1096",
    ),
    "purchase_cadence": _OnAxis(
        position="x = ln(days since the last order / usual gap); usual gap = mean of the own gaps and one typical"
        " gap of the shop; e = cv^2 / (gaps + 1), cv^2 shrunk towards 1 by one gap",
        segment="running_late",
        share=0.470651,
        how="usual gap (40 + 40 + 23.5) / 3 = 34.5, 23.5 being the median of 40 and 7; x = ln(125 / 34.5) = 1.2874;"
        " e = (0 x 2 + 1) / 3 / 3 = 0.1111; weights 0.3554, 2.4474, 2.3973: 2.4474 / 5.2001",
    ),
    "customer_maturity": _OnAxis(
        position="x = ln(days since the first order); e = 0",
        segment="growing",
        share=0.854379,
        how="x = ln(205) = 5.3230; weights 1 / d^2 are 0.5308, 13.3273, 1.4703, 0.2703: 13.3273 / 15.5988",
    ),
    "repurchase_behavior": _OnAxis(
        position="x = r = (repeat lines + 0.8) / (later lines + 4), at most the third anchor with two orders; e ="
        " 0.5 r (1 - r) / (later lines + 4)",
        segment="consumable_buyer",
        share=0.452878,
        how="later lines tea, cup, tea; tea twice again: r = 2.8 / 7 = 0.4; e = 0.5 x 0.24 / 7 = 0.0171; weights"
        " 7.1611, 17.5, 50.9091, 36.8421: 50.9091 / 112.4123",
    ),
    "return_behavior": _OnAxis(
        position="x = ln(refunds / gross sales); e = 0.5 / orders with a refund",
        segment="some_returns",
        share=0.701114,
        how="x = ln(4 / 60) = -2.7081; e = 0.5; weights 0.3670, 1.9566, 0.4671: 1.9566 / 2.7907",
    ),
}


def _axis(name: str) -> Metric:
    axis, worked = AXES[name], WORKED[name]
    borders = axis.borders(axis.anchors)
    thresholds = (
        *(Threshold(f"anchor of {each.name}", anchor, f"{axis.unit} at which the share of {each.name} is highest")
          for each, anchor in zip(axis.names, axis.anchors, strict=True)),
        *(Threshold(f"border after {each.name}", border, f"{axis.unit} where {each.name} ends: halfway")
          for each, border in zip(axis.names, borders, strict=False)),
    )  # fmt: skip
    crisp = f" {axis.crisp.name} ({axis.crisp.meaning}) has share 1 of who is it." if axis.crisp else ""
    return Metric(
        name, f"Share in {name.replace('_', ' ')}", f"{axis.meaning} The share says how far the customer belongs to a"
        f" segment; those of an axis sum to 1, and the highest is dominant.{crisp}",
        f"1 / ((x - c)^2 + e) / its sum over the anchors c; {worked.position}", "share, 0 to 1", of(Profile,
        "memberships"),
        (
            Worked(f"memberships.{name}.{worked.segment}", worked.share, worked.how, to=KEPT),
            Worked(f"memberships.{name}.*", 1, "the shares of an axis sum to 1"),
        ),
        thresholds=thresholds,
    )  # fmt: skip


OF_AXIS = Ask(SHOP, "intelligence.axes")
FREQUENCY = "axes.name=purchase_frequency"
NARROW = Ask(
    SHOP, "intelligence.preview_settings", {"segments": {"anchors": {"purchase_frequency": [1, 3, 9, 27, 81]}}}
)
SUBJECT = Subject(
    name="segments",
    title="Axes and segments",
    about="How far a customer belongs to each segment of the eight axes, from written anchors that mean the same in"
    " every shop.",
    period="all orders up to the moment",
    source="J. C. Bezdek, Pattern Recognition with Fuzzy Objective Function Algorithms, Plenum 1981, theorem 11.1,"
    " with the distance of a point of variance e; on the features of the customer",
    ask=ANN,
    thresholds=(
        Threshold("strong", SETTINGS.strong, "strength (top share - 1/k) / (1 - 1/k) of k names from which a"
        " membership is strong; a setting"),
        Threshold("moderate", SETTINGS.moderate, "strength from which it is moderate, below it weak; a setting"),
    ),
    metrics=(
        *(_axis(name) for name in AXES),
        Metric(
            "anchors", "Anchors of an axis", "Where each segment that is not crisp stands, in the axis's unit.",
            "as written, or as the workspace has set it", "the axis's unit", of(AxisShown, "anchors"),
            (Worked(f"{FREQUENCY}.anchors.1", 6, "regular is written at 6 orders a year", OF_AXIS),),
        ),
        Metric(
            "borders", "Borders of a segment", "From where to where its dominant members stand; null is unbounded.",
            "halfway between neighbouring anchors, in the unit distances are taken in", "the axis's unit",
            of(SegmentShown, "low", "high"),
            (
                Worked(f"{FREQUENCY}.segments.name=regular.low", 3.4641016151377544, "root of 2 x 6", OF_AXIS),
                Worked(f"{FREQUENCY}.segments.name=regular.high", 10.392304845413264, "root of 6 x 18", OF_AXIS),
            ),
        ),
        Metric(
            "members", "Members of a segment", "Customers whose dominant segment it is.", "count", "customers",
            of(SegmentShown, "members"),
            (Worked(f"{FREQUENCY}.segments.name=regular.members", 1, "ann; bob, at 53.4 a year, is weekly", OF_AXIS),),
        ),
        Metric(
            "cuts", "Cuts of strength", "The strength from which a membership is strong, and moderate.",
            "(top share - 1/k) / (1 - 1/k) among k names", "strength, 0 to 1", of(Axes, "strong", "moderate"),
            (
                Worked("strong", 0.6, "as written", OF_AXIS),
                Worked("moderate", 0.3333333333333333, "as written", OF_AXIS),
            ),
        ),
        Metric(
            "previewed", "Customers with other settings", "Customers of a segment, or at a level of risk, now and"
            " with the settings that are tried.", "count", "customers", of(Size, "now", "then"),
            (
                Worked("segments.purchase_frequency.regular.now", 1, "ann at 5.34 a year is nearest to 6", NARROW),
                Worked("segments.purchase_frequency.regular.then", 0, "with anchors 1, 3, 9, 27, 81, regular is at 3"
                " and ends at 5.196", NARROW),
            ),
        ),
    ),
)  # fmt: skip
