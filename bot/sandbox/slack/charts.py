"""The charts of a `data_visualization` block, with Slack's limits.

Source: Slack's reference for the block. Of segments and series it allows six; some clients show more.
"""

from bot.sandbox.slack.rules import Problems, Rule, Shape, anything, listed, typed, words
from bot.sandbox.slack.shapes import Json, objects_of, text_of

MOST_SERIES = 6
MOST_CATEGORIES = 20
_LABEL = words(20)


def _number(problems: Problems, value: Json, pointer: str) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        problems.note(pointer, "must provide a number")


def _share(problems: Problems, value: Json, pointer: str) -> None:
    _number(problems, value, pointer)
    if isinstance(value, int | float) and value <= 0:
        problems.note(pointer, "must be greater than 0")


_POINT = Shape(required={"label": _LABEL, "value": _number})
_SERIES = Shape(required={"name": _LABEL, "data": listed(_POINT, most=MOST_CATEGORIES)})
_AXIS = Shape(
    required={"categories": listed(_LABEL, most=MOST_CATEGORIES)}, optional={"x_label": words(50), "y_label": words(50)}
)
_PLOT = Shape(required={"type": anything, "series": listed(_SERIES, most=MOST_SERIES), "axis_config": _AXIS})


def _plot(problems: Problems, value: Json, pointer: str) -> None:
    """Every series has its own name, and one point for each category."""
    before = len(problems.found)
    _PLOT(problems, value, pointer)
    if not isinstance(value, dict) or len(problems.found) > before:
        return
    axis, series = value["axis_config"], objects_of(value, "series")
    categories = axis["categories"] if isinstance(axis, dict) else []
    if len({text_of(one, "name") for one in series}) < len(series):
        problems.note(f"{pointer}/series", "names must be unique")
    for index, one in enumerate(series):
        labels: list[Json] = [point["label"] for point in objects_of(one, "data")]
        if not isinstance(categories, list) or sorted(map(str, labels)) != sorted(map(str, categories)):
            problems.note(f"{pointer}/series/{index}/data", "labels must match the categories")


_PIE = Shape(
    required={
        "type": anything,
        "segments": listed(Shape(required={"label": _LABEL, "value": _share}), most=MOST_SERIES),
    }
)

CHART: Rule = typed({"pie": _PIE, "bar": _plot, "line": _plot, "area": _plot})
