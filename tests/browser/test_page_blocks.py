"""What the app writes, as people see it: each kind of block, and each piece of mrkdwn."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from bot.sandbox.slack.shapes import Json, JsonObject
from tests.browser.conftest import Stage
from tests.harness.blocks import actions, button, mrkdwn, option, plain, section, table

pytestmark = pytest.mark.asyncio(loop_scope="session")


def rich(kind: str, *elements: JsonObject, **more: Json) -> JsonObject:
    return {"type": kind, "elements": list(elements), **more}


def menu(kind: str, *options: str, **more: Json) -> JsonObject:
    return {"type": kind, "action_id": "act", "options": [option(words) for words in options], **more}


def chart(kind: str, **more: Json) -> JsonObject:
    return {"type": "data_visualization", "title": "Spent by country", "chart": {"type": kind, **more}}


STRONG = rich("rich_text_section", {"type": "text", "text": "strong", "style": {"bold": True}})
MENU = menu("static_select", "India", placeholder=plain("Pick a country"))
DOCS = "https://example.com/docs"

BLOCKS: list[tuple[str, JsonObject, str]] = [
    ("header", {"type": "header", "text": plain("Bought")}, "h3:text-is('Bought')"),
    ("section", section("A *bold* section"), ".block-section strong:text-is('bold')"),
    (
        "fields",
        {"type": "section", "fields": [mrkdwn("*Setup*\n₹100"), mrkdwn("*Monthly*\n₹250")]},
        ".fields .field:nth-child(2):has-text('₹250') strong",
    ),
    ("context", {"type": "context", "elements": [mrkdwn("Entry 12")]}, ".block-context:has-text('Entry 12')"),
    ("divider", {"type": "divider"}, "hr"),
    ("static select", section(accessory=MENU), "[role=combobox][placeholder='Pick a country'][aria-label]"),
    ("overflow", section(accessory=menu("overflow", "Forget")), "button[aria-haspopup=menu][aria-label]"),
    ("radio buttons", actions(menu("radio_buttons", "L", "R")), "[role=radiogroup] label:has-text('R') [type=radio]"),
    ("checkboxes", actions(menu("checkboxes", "Voice", "SMS")), "[role=group] label:has-text('SMS') [type=checkbox]"),
    ("datepicker", actions({"type": "datepicker", "initial_date": "2026-11-23"}), "input[type=date]"),
    ("primary button", actions(button(style="primary")), "button.primary"),
    ("danger button", actions(button(style="danger")), "button.danger"),
    ("url button", actions(button(url=DOCS)), f"a[href='{DOCS}'][rel~=noopener]"),
    ("button of another scheme", actions(button("Run", url="javascript:alert(1)")), "button:has-text('Run')"),
    ("table", table(("Fee",), ("350.00",)), "table:has(th[scope=col]) td:text-is('350.00')"),
    (
        "pie",
        chart("pie", segments=[{"label": "India", "value": 1200}, {"label": "Norway", "value": 3}]),
        ".chart-pie:has(svg[role=img][aria-label*=Spent] circle:nth-of-type(2)) li:has-text('India: 1,200')",
    ),
    (
        "bars",
        chart(
            "bar",
            series=[{"name": "Renewals", "data": [{"label": "2026-12", "value": 2.5}]}],
            axis_config={"categories": ["2026-12"]},
        ),
        ".chart-bar:has(svg rect[height='48']) li:has-text('Renewals, 2026-12: 2.5')",
    ),
    (
        "image of another server",
        {"type": "image", "image_url": "https://example.com/chart.png", "alt_text": "Spend by country"},
        "[role=img][aria-label='Spend by country']",
    ),
    ("rich text", rich("rich_text", STRONG), ".rich-section strong:text-is('strong')"),
    ("rich list", rich("rich_text", rich("rich_text_list", STRONG, style="ordered")), "ol li strong:text-is('strong')"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def message(gallery: Stage) -> AsyncIterator[Locator]:
    """One message with every kind of block in it."""
    await gallery.post(*[block for _, block, _ in BLOCKS], text="everything")
    await gallery.open()
    yield gallery.articles.first


@pytest.mark.parametrize("selector", [pytest.param(selector, id=name) for name, _, selector in BLOCKS])
async def test_each_kind_of_block_is_drawn(message: Locator, selector: str) -> None:
    await expect(message.locator(selector)).to_be_attached()


MRKDWN = [
    ("*bold* and _italic_ and ~struck~", "<strong>bold</strong> and <em>italic</em> and <s>struck</s>"),
    ("`*not bold*`", "<code>*not bold*</code>"),
    ("snake_case_word and 2*3*4", "snake_case_word and 2*3*4"),
    ("*bold `co*de` on*", "<strong>bold <code>co*de</code> on</strong>"),
    ("* not bold *", "* not bold *"),
    ("```\nx &lt; y\n```", "<pre>x &lt; y</pre>"),
    ("> said\nplain", "<blockquote>said</blockquote>plain"),
    ("&gt;&gt;&gt;all\nof it", "<blockquote>all<br>of it</blockquote>"),
    ("one\ntwo", "one<br>two"),
    ("a &amp; b &lt;c&gt;", "a &amp; b &lt;c&gt;"),
    ("&amp;lt;", "&amp;lt;"),
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("<javascript:alert(1)|click>", "&lt;javascript:alert(1)|click&gt;"),
    ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    (":not_an_emoji: at 10:30:15", ":not_an_emoji: at 10:30:15"),
    ("<tel:+919876543210|+91 98765>", '<a href="tel:+919876543210">+91 98765</a>'),
    ("<!date^-1^{nothing}|x>", '<time title="Wednesday, December 31, 1969 at 11:59:59 PM">{nothing}</time>'),
    (
        "<!date^0^{date_num} {time}|x>",
        '<time title="Thursday, January 1, 1970 at 12:00:00 AM">1970-01-01 12:00 AM</time>',
    ),
    ("<!date^soon^{date}|a fallback>", "<time>a fallback</time>"),
    ("<!subteam^S0MANAGER>", '<span class="mention mention-me">@managers</span>'),
    ("<!here>", '<span class="mention mention-me">@here</span>'),
    ("<@U0MEERA01>", '<span class="mention">@Meera Nair</span>'),
    ("<@U0ASHA001>", '<span class="mention mention-me">@Asha Rao</span>'),
    ("<#C0GENERAL>", '<span class="mention">#general</span>'),
    (
        "<https://example.com/?a=1&amp;b=2|the console>",
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">the console</a>',
    ),
    (
        "see https://example.com/x.",
        'see <a href="https://example.com/x" target="_blank" rel="noopener noreferrer">https://example.com/x</a>.',
    ),
]

DRAW = """async (text) => {
    const { renderMrkdwn } = await import("/page/static/mrkdwn.js");
    const people = { U0MEERA01: "Meera Nair", U0ASHA001: "Asha Rao" };
    const names = { me: "U0ASHA001", person: (id) => people[id], channel: () => "general", group: () => "managers" };
    const frame = document.createElement("div");
    frame.append(...renderMrkdwn(text, names));
    return frame.innerHTML;
}"""


@pytest.mark.parametrize(("written", "drawn"), MRKDWN, ids=[written for written, _ in MRKDWN])
async def test_mrkdwn_becomes_what_slack_shows(message: Locator, written: str, drawn: str) -> None:
    html = str(await message.page.evaluate(DRAW, written))
    assert html.replace("\u202f", " ") == drawn


async def test_a_verbatim_text_links_only_what_is_written_as_a_link(stage: Stage) -> None:
    words = "see https://example.com/x or <https://example.com/y|this>"
    await stage.post(section(text={**mrkdwn(words), "verbatim": True}))
    await stage.open()
    await expect(stage.articles.get_by_role("link")).to_have_text(["this"])


async def test_a_message_without_blocks_shows_author_time_and_text_with_emoji_but_no_markup(stage: Stage) -> None:
    await stage.post(text="Nothing was *bought* :white_check_mark: <script>document.title = 'gone'</script>")
    await stage.open()
    written = "Nothing was bought ✅ <script>document.title = 'gone'</script>"
    await expect(stage.log.locator(".text")).to_have_text(written)
    await expect(stage.log.get_by_role("img", name="white check mark")).to_have_text("✅")
    await expect(stage.log.get_by_role("separator", name="Today")).to_be_visible()
    await expect(stage.log.locator(".byline")).to_have_text(re.compile(r"^Buynumber APP \d{1,2}:\d\d.[AP]M$"))
