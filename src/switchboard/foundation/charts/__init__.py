"""Charts: one Vega-Lite definition, the same picture on a page (SVG), in Slack and in a report (PNG).

A room's `charts.py` returns the definition, a dict with a `description` for who can not see it and with its data
inside; here are the theme, the process that draws, and what was drawn before.
"""

from switchboard.foundation.charts.charts import Charts
from switchboard.foundation.charts.definition import Definition
from switchboard.foundation.charts.painter import NotDrawn
from switchboard.foundation.charts.theme import Theme

__all__ = ["Charts", "Definition", "NotDrawn", "Theme"]
