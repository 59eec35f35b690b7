"""Charts of one customer's months ahead, and of how well the shop's model did."""

from collections.abc import Sequence
from datetime import date

from switchboard.foundation.charts import Definition
from switchboard.intelligence.charts.parts import PERCENT, THOUSANDS, amount, joined, lacking, nothing, percent, short
from switchboard.intelligence.forecast_records import LtvForecast
from switchboard.intelligence.quality_records import CalibrationBin, PredictionQuality
from switchboard.intelligence.records import ChurnRisk, NextPurchase
from switchboard.intelligence.words import plain

ROOM_FOR_NAMES, ROOM_FOR_WORDS, WIDE_ENOUGH = 140, 52, 480  # points


def lifetime_value(of: LtvForecast, *, width: int, height: int = 220) -> Definition:
    """A column for each month ahead with what it is expected to bring."""
    who = short(of.customer_id, 40)
    if of.expected is None or not of.monthly:
        return nothing(lacking(f"No value of {who} can be told", of.not_enough_data), width)
    told = (
        f"{who} is expected to bring {amount(of.expected)} {of.currency} over {of.months} months, between"
        f" {amount(of.low)}"
        f" and {amount(of.high)} in four of five cases"
    )
    rows = [{"month": each.month, "expected": each.expected} for each in of.monthly]
    return {
        "description": f"{told}.", "width": width, "height": height, "data": {"values": rows}, "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "month", "type": "ordinal", "axis": {"title": "Months from now", "labelAngle": 0}},
            "y": {"field": "expected", "type": "quantitative", "axis": {"title": None, "labelExpr": THOUSANDS}},
        },
    }  # fmt: skip


def next_purchase(of: NextPurchase, *, width: int) -> Definition:
    """A line from the first day to the last of the window, a point on the expected day, each with its date."""
    who = short(of.customer_id, 40)
    if of.expected_date is None or of.window is None or of.probability is None:
        return nothing(lacking(f"No next purchase of {who} can be told", of.not_enough_data), width)
    told = (
        f"{who} buys within {of.horizon_days} days with probability {percent(of.probability)}; if within half a"
        f" year, most"
        f" likely around {_day(of.expected_date)}, in four of five cases from {_day(of.window.since)} to"
        f" {_day(of.window.to)}"
    )
    days = [(of.window.since, "first"), (of.expected_date, "expected"), (of.window.to, "last")]
    rows = [{"day": f"{day}", "which": which, "words": _day(day)} for day, which in days]
    x = {
        "field": "day", "type": "temporal", "axis": None,
        "scale": {"padding": min(width / 6, 60)},
    }  # fmt: skip
    y = {"value": 46}
    ends = {"transform": [{"filter": "datum.which != 'expected'"}]}
    middle = {"transform": [{"filter": "datum.which == 'expected'"}]}
    words = {"type": "text", "fontSize": 12}
    return {
        "description": f"{told}.", "width": width, "height": 90, "data": {"values": rows},
        "layer": [
            {**ends, "mark": {"type": "line", "strokeWidth": 6, "opacity": 0.4}, "encoding": {"x": x, "y": y}},
            {**ends, "mark": {"type": "tick", "thickness": 3, "size": 18}, "encoding": {"x": x, "y": y}},
            {**middle, "mark": {"type": "point", "size": 140, "filled": True, "shape": "diamond"},
             "encoding": {"x": x, "y": y}},
            {**ends, "mark": {**words, "dy": 24}, "encoding": {"x": x, "y": y, "text": {"field": "words"}}},
            {**middle, "mark": {**words, "dy": -20, "fontSize": 13, "fontWeight": "bold"},
             "encoding": {"x": x, "y": y, "text": {"field": "words"}}},
        ],
    }  # fmt: skip


def calibration(of: PredictionQuality, *, width: int, height: int = 280) -> Definition:
    """A point for each tenth of the probability: on the dashed line it came true, above it more bought."""
    if of.quality is None or not of.calibration:
        return nothing(lacking("Predictions have not been measured", of.not_enough_data), width)
    told = (
        f"Of {of.quality.customers:,} customers predicted on {_day(of.quality.since)} for {of.horizon_days} days,"
        f" probabilities were {percent(of.quality.calibration_error)} off in the mean:"
        f" {joined(_came(each) for each in _ends(of.calibration))}"
    )
    most = max(max(each.probability, each.bought_share) for each in of.calibration)
    to = {"domain": [0, min(max(most * 1.1, 0.1), 1)], "nice": False}
    rows = [
        {"said": each.probability, "came": each.bought_share, "customers": each.customers} for each in of.calibration
    ]

    def axis(title: str) -> dict[str, object]:
        return {"title": title, "labelExpr": PERCENT}

    x = {"field": "said", "type": "quantitative", "scale": to, "axis": axis("Probability of buying they were given")}
    y = {"field": "came", "type": "quantitative", "scale": to, "axis": axis("Share who bought")}
    line = {"data": {"values": [{"said": 0, "came": 0}, {"said": 1, "came": 1}]}}
    size = {"field": "customers", "type": "quantitative", "legend": None, "scale": {"range": [40, 420]}}
    return {
        "description": f"{told}.", "width": width, "height": height, "data": {"values": rows},
        "layer": [
            {**line, "mark": {"type": "line", "strokeDash": [4, 4], "strokeWidth": 1.5, "opacity": 0.6, "clip": True},
             "encoding": {"x": x, "y": y}},
            {"mark": {"type": "line", "strokeWidth": 1.5, "opacity": 0.5}, "encoding": {"x": x, "y": y}},
            {"mark": {"type": "point", "filled": True, "opacity": 1}, "encoding": {"x": x, "y": y, "size": size}},
        ],
    }  # fmt: skip


def churn_factors(of: ChurnRisk, *, width: int) -> Definition:
    """Bars left (keeps them) and right (drives them away) of the middle: what leads from the shop to the customer."""
    who, model = short(of.customer_id, 40), of.model
    said = f"{who}: churn score {of.risk_score:.1f}, {of.risk_level}"
    if model is None:
        return nothing(f"{said}. {lacking('No probability can be told', of.not_enough_data)}", width)
    base = next((each.contribution for each in model.factors if each.name == "base"), 0.0)
    factors = sorted((each for each in model.factors if each.name != "base"), key=lambda each: -abs(each.contribution))
    told = (
        f"{said}; {percent(model.probability)} not to buy within {model.horizon_days} days, {percent(base)} being"
        f" usual here:"
        f" {'; '.join(f'{plain(each.name)} {each.contribution:+.1%}' for each in factors[:3])}"
    )
    rows = [
        {"name": plain(each.name), "part": each.contribution, "words": f"{each.contribution:+.1%}",
         "way": "away" if each.contribution > 0 else "stays"}
        for each in factors
    ]  # fmt: skip
    most = max((abs(each.contribution) for each in factors), default=0) or 0.1
    half = max((width - ROOM_FOR_NAMES) / 2, ROOM_FOR_WORDS + 20)
    most *= half / (half - ROOM_FOR_WORDS)  # so that the words beside the longest bar fit
    title = "Less likely to leave  ←  →  more likely to leave" if width >= WIDE_ENOUGH else "stays  ←  →  leaves"
    y = {"field": "name", "type": "nominal", "sort": None,
         "axis": {"title": None, "domain": False, "labelLimit": 200, "labelFontSize": 13}}  # fmt: skip
    x = {"field": "part", "type": "quantitative", "scale": {"domain": [-most, most], "nice": False},
         "axis": {"title": title, "labelExpr": PERCENT}}  # fmt: skip
    way = {"field": "way", "type": "nominal", "scale": {"domain": ["stays", "away"]}, "legend": None}
    return {
        "description": f"{told}.", "width": width, "height": 34 * max(len(rows), 1) + 50, "data": {"values": rows},
        "layer": [
            {"mark": {"type": "bar", "height": 14}, "encoding": {"y": y, "x": x, "color": way}},
            *(
                {"transform": [{"filter": f"datum.part {sign} 0"}],
                 "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 12},
                 "encoding": {"y": y, "x": x, "text": {"field": "words"}}}
                for sign, align, dx in ((">", "left", 5), ("<=", "right", -5))
            ),
        ],
    }  # fmt: skip


def _ends(of: Sequence[CalibrationBin]) -> list[CalibrationBin]:
    """The least and the most likely."""
    return [of[0], of[-1]] if len(of) > 1 else list(of)


def _came(of: CalibrationBin) -> str:
    return f"of {of.customers:,} who were given {percent(of.probability)} {percent(of.bought_share)} bought"


def _day(of: date) -> str:
    return f"{of.day} {of:%b %Y}"
