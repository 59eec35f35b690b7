"""`--chart FILE`, and what figures are, in a terminal."""

from pathlib import Path

import pytest

from tests.cli.line import Line

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("ending", "begins"), [("svg", b"<svg "), ("png", b"\x89PNG")])
def test_an_answer_is_drawn_beside_what_is_printed(shop: Line, tmp_path: Path, ending: str, begins: bytes):
    file = tmp_path / f"levels.{ending}"
    said = shop.json("intelligence", "churn-aggregate", "--chart", str(file))
    assert said == shop.json("intelligence", "churn-aggregate")
    assert file.read_bytes().startswith(begins)


def test_both_triangles_of_cohorts_are_drawn_of_the_months_that_were_asked_for(shop: Line, tmp_path: Path):
    shop.json("intelligence", "cohorts", "--months", "12", "--chart", str(tmp_path / "cohorts.svg"))
    drawn = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert drawn.keys() == {"cohorts.svg", "cohorts-cohort_revenue.svg"}
    assert "Retention of " in drawn["cohorts.svg"]
    assert "Value of a customer so far" in drawn["cohorts-cohort_revenue.svg"]
    shop.json("intelligence", "cohorts", "--months", "1", "--chart", str(tmp_path / "cohorts.svg"))
    assert "No cohort has a customer yet" in (tmp_path / "cohorts.svg").read_text()


def test_another_ending_and_a_folder_that_is_not_there_are_refused_before_anything_is_asked(shop: Line, tmp_path: Path):
    assert ".svg or .png" in shop.refused("intelligence", "rfm", "--chart", str(tmp_path / "rfm.jpg"))
    assert "make it first" in shop.refused("intelligence", "rfm", "--chart", str(tmp_path / "nowhere" / "rfm.svg"))


def test_what_has_no_chart_has_no_such_option(shop: Line):
    assert shop.say("intelligence", "features", "--chart", "x.svg").exit_code == 2


def test_a_figure_is_defined_and_an_unknown_one_told_with_the_nearest(shop: Line):
    said = shop.json("intelligence", "define", "--name", "churn_score.risk_score")
    thresholds = {each["name"]: each["value"] for each in said["definitions"][0]["thresholds"]}
    assert (thresholds["from_MEDIUM"], thresholds["long_ago"]) == (0.3, 90)
    assert "churn_score.risk_score" in shop.refused("intelligence", "define", "--name", "risk_score")
