"""All metrics by their names, and found by words."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from switchboard.foundation.errors import NotFound
from switchboard.intelligence import (
    archetypes_metrics,
    churn_metrics,
    features_metrics,
    forecasting_metrics,
    health_metrics,
    history_metrics,
    maps_metrics,
    predictions_metrics,
    products_metrics,
    purchases_metrics,
    segments_metrics,
    subscriptions_metrics,
)
from switchboard.intelligence.metrics import Metric, Subject
from switchboard.intelligence.questions import (
    affinity_metrics,
    attention_metrics,
    business_metrics,
    cohorts_metrics,
    discounts_metrics,
    engagement_metrics,
    groups_metrics,
    one_time_metrics,
    overview_metrics,
    rfm_metrics,
    seasons_metrics,
    selling_metrics,
    valued_metrics,
)

SUBJECTS: tuple[Subject, ...] = (
    overview_metrics.SUBJECT,
    features_metrics.SUBJECT,
    segments_metrics.SUBJECT,
    archetypes_metrics.SUBJECT,
    maps_metrics.SUBJECT,
    churn_metrics.SUBJECT,
    predictions_metrics.SUBJECT,
    forecasting_metrics.SUBJECT,
    attention_metrics.SUBJECT,
    history_metrics.SUBJECT,
    rfm_metrics.SUBJECT,
    cohorts_metrics.SUBJECT,
    one_time_metrics.SUBJECT,
    discounts_metrics.SUBJECT,
    engagement_metrics.SUBJECT,
    business_metrics.SUBJECT,
    groups_metrics.SUBJECT,
    selling_metrics.CATEGORIES,
    selling_metrics.PERFORMANCE,
    affinity_metrics.SUBJECT,
    valued_metrics.SUBJECT,
    health_metrics.SUBJECT,
    seasons_metrics.SUBJECT,
    products_metrics.SUBJECT,
    purchases_metrics.SUBJECT,
    subscriptions_metrics.SUBJECT,
)
NEAREST, NEAR = 5, 0.4
NAME, TITLE, SAID = 4, 2, 1  # what a word counts for, by where it is found


@dataclass(frozen=True, kw_only=True)
class Defined:
    """A metric under its whole name."""

    name: str
    subject: Subject
    metric: Metric

    @property
    def link(self) -> str:
        """Where its page tells of it."""
        return f"docs/metrics/{self.subject.name}.md#{anchor(self.name)}"

    @property
    def fields(self) -> tuple[str, ...]:
        """Where answers show it."""
        return tuple(f"{record.__name__}.{field}" for record, field in self.metric.shown)


def anchor(name: str) -> str:
    """What a page's heading of this name is reached by, as GitHub writes it."""
    return name.replace(".", "")


METRICS: dict[str, Defined] = {
    name: Defined(name=name, subject=subject, metric=metric)
    for subject in SUBJECTS
    for metric in subject.metrics
    for name in [f"{subject.name}.{metric.name}"]
}


def named(name: str) -> Defined:
    """The metric of this name; raise NotFound with the nearest ones."""
    if name in METRICS:
        return METRICS[name]
    own = [each for each, defined in METRICS.items() if defined.metric.name == name.rpartition(".")[2]]
    near = difflib.get_close_matches(name, METRICS, NEAREST, NEAR)
    nearest = list(dict.fromkeys([*own, *near]))[:NEAREST]
    where = f"; the nearest are {', '.join(nearest)}" if nearest else ""
    raise NotFound(f"there is no metric {name[:100]!r}{where}; intelligence.define finds them by words in `search`")


def found(words: str) -> Sequence[Defined]:
    """The metrics in which all of the words are, best first; all of them without words."""
    wanted = re.findall(r"\w+", words.casefold())
    counted = [(sum(_counts(each, word) for word in wanted), each) for each in METRICS.values()
               if all(_counts(each, word) for word in wanted)]  # fmt: skip
    return [each for _, each in sorted(counted, key=lambda pair: (-pair[0], pair[1].name))]


def _counts(of: Defined, word: str) -> int:
    said = f"{of.metric.definition} {of.metric.formula} {of.subject.title} {' '.join(of.fields)}"
    places = ((NAME, of.name), (TITLE, of.metric.title), (SAID, said))
    return sum(counts for counts, text in places if word in text.casefold())
