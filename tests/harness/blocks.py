"""Block Kit in few words; whatever is given beside wins."""

from bot.sandbox.slack.shapes import Json, JsonObject


def plain(text: str) -> JsonObject:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> JsonObject:
    return {"type": "mrkdwn", "text": text}


def section(words: str = "x", /, **more: Json) -> JsonObject:
    return {"type": "section", "text": mrkdwn(words), **more}


def option(words: str = "a", /, **more: Json) -> JsonObject:
    return {"text": plain(words), "value": words, **more}


def button(words: str = "Go", /, **more: Json) -> JsonObject:
    return {"type": "button", "text": plain(words), **more}


def confirm(**more: Json) -> JsonObject:
    return {"title": plain("Sure?"), "text": mrkdwn("x"), "confirm": plain("Yes"), "deny": plain("No"), **more}


def actions(*elements: JsonObject, **more: Json) -> JsonObject:
    return {"type": "actions", "elements": list(elements), **more}


def asking(element: JsonObject, label: str = "Label", **more: Json) -> JsonObject:
    return {"type": "input", "label": plain(label), "element": element, **more}


def table(*rows: tuple[str, ...]) -> JsonObject:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]}


def modal(*blocks: JsonObject, **more: Json) -> JsonObject:
    return {"type": "modal", "title": plain("Buy"), "submit": plain("Ask"), "blocks": list(blocks), **more}
