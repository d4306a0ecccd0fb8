"""Slack's own charts, which no class of its library knows: pies and bars, within its limits.

Clients older than them show nothing of a message that has one, or Slack refuses it: whoever sends one has a message
without. Source of shapes and limits: Slack's page on the `data_visualization` block; where clients differ, the least.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from handlers.views.blocks import Block
from handlers.views.wording import cut

TITLE = 50
LABEL = 20
SEGMENTS = 6
CATEGORIES = 20
CHARTS = 2
"""In one message."""

OTHERS = "all others"

Points = Sequence[tuple[str, float]]
"""Each with its label."""


def pie(title: str, points: Points) -> Block:
    """The largest, and all others together. Raises `ValueError` for nothing to show."""
    segments = _labelled(_largest(points))
    return _chart(title, {"type": "pie", "segments": segments})


def bars(title: str, series: str, points: Points, *, x: str, y: str) -> Block:
    """One series over at most twenty categories, in their order."""
    shown = points[:CATEGORIES]
    labels: list[JsonValue] = [cut(label, LABEL) for label, _ in shown]
    axes: JsonValue = {"categories": labels, "x_label": cut(x, LABEL), "y_label": cut(y, LABEL)}
    data = _labelled(shown)
    return _chart(title, {"type": "bar", "series": [{"name": cut(series, LABEL), "data": data}], "axis_config": axes})


def _largest(points: Points) -> Points:
    if not any(value > 0 for _, value in points):
        raise ValueError("a pie of nothing")
    ranked = sorted(points, key=lambda point: -point[1])
    if len(ranked) <= SEGMENTS:
        return ranked
    left = sum(value for _, value in ranked[SEGMENTS - 1 :])
    return [*ranked[: SEGMENTS - 1], (OTHERS, left)]


def _labelled(points: Points) -> list[JsonValue]:
    return [{"label": cut(label, LABEL), "value": value} for label, value in points]


def _chart(title: str, chart: Block) -> Block:
    return {"type": "data_visualization", "title": cut(title, TITLE), "chart": chart}
