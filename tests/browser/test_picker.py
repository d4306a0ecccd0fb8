"""The picker in a real browser, whatever the provider does and lists: the real bot between both stand-ins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from bot.sandbox.slack.example import ASHA
from bot.sandbox.vobiz import ReadMood, StockNumber, VobizStandIn, demo_inventory
from handlers import command
from tests.browser.conftest import Screen, a_page, furnished
from tests.harness.office import Office, an_office
from tests.harness.patience import LOOKS_AT_ONCE, PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = [
    "<!channel> <@U0ASHA001> *bold* `code` &amp; @here",
    "<img src=x onerror=alert(1)>\u202egnp.exe",
    "\u200b\ufeff",
    "नई दिल्ली 👨\u200d👩\u200d👧 " + "x" * 400,
    "\n\t: ; \\ \" ' </div>",
]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in LOOKS_AT_ONCE:
        monkeypatch.setattr(limit, PATIENCE)


@dataclass(kw_only=True)
class Seeker(Screen):
    """Somebody who looks for a number; `office` is where."""

    office: Office

    @property
    def form(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def go_to(self, country: str) -> None:
        await self.form.get_by_role("combobox", name="Country").fill(country)
        await self.page.get_by_role("option", name=country).first.click()

    async def close(self) -> None:
        await self.form.get_by_role("button", name="Cancel").click()
        await expect(self.form).to_have_count(0)


@asynccontextmanager
async def a_seeker(
    browser: Browser, folder: Path, *numbers: StockNumber, timeout: str = "20s"
) -> AsyncIterator[Seeker]:
    """Where these numbers are on sale; `timeout` is the bot's for one answer of Vobiz."""
    vobiz = VobizStandIn(numbers=numbers)
    opened = an_office(folder, workspace=furnished(), vobiz=vobiz, VOBIZ_TIMEOUT=timeout)
    async with opened as office, a_page(browser) as page:
        seeking = Seeker(page=page, origin=office.slack.origin, office=office)
        with seeking.watched():
            await seeking.open(ASHA)
            yield seeking


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def seeker(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seeker]:
    folder = tmp_path_factory.mktemp("office")
    async with a_seeker(browser, folder, *demo_inventory(), timeout="1s") as seeking:
        yield seeking


async def test_a_vobiz_that_does_not_answer_is_said_in_the_form_which_is_filled_once_it_does(seeker: Seeker) -> None:
    seeker.office.vobiz.every_read(ReadMood.NEVER_ANSWERED)
    await seeker.type("/buynumber IN 0119 for the desk")
    await expect(seeker.form).to_contain_text("Vobiz is being read…")
    await expect(seeker.form).to_contain_text(
        "Vobiz could not be read: search again in a moment. What you put in stays."
    )
    await seeker.form.get_by_role("combobox", name="Number").click()
    await expect(seeker.page.get_by_role("option")).to_contain_text("Vobiz could not be read. Type again in a moment.")
    await seeker.page.keyboard.press("Escape")
    seeker.office.vobiz.reads_recover()
    await seeker.form.get_by_role("textbox", name="Search").fill("69000119")
    await expect(seeker.form).to_contain_text("1 number fits.")
    await expect(seeker.form.get_by_role("button", name="Remove +91 22 6900 0119")).to_be_visible()
    await expect(seeker.form.get_by_role("textbox", name="What is it for?")).to_have_value("the desk")
    await seeker.close()


async def test_a_vobiz_that_takes_its_time_keeps_nobody_from_filling_in_the_form(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds or any other time: no read is answered before the form is filled in."""
    monkeypatch.setattr(command, "SURVEYED_WITHIN", 0.1)
    async with a_seeker(browser, tmp_path, *demo_inventory()) as seeking:
        seeking.office.vobiz.hold_reads()
        await seeking.type("/buynumber Pune")
        await expect(seeking.form).to_contain_text("Vobiz is being read…")
        reason = seeking.form.get_by_role("textbox", name="What is it for?")
        await reason.fill("the new office")
        await seeking.form.get_by_role("textbox", name="Search").fill("Mumbai ends 19")
        seeking.office.vobiz.release_reads()
        await expect(seeking.form.get_by_role("button", name="Remove +91 22 6900 0119")).to_be_visible()
        await expect(reason).to_have_value("the new office")


async def test_an_inventory_without_any_number_is_said(browser: Browser, tmp_path: Path) -> None:
    async with a_seeker(browser, tmp_path) as seeking:
        await seeking.type("/buynumber")
        await expect(seeking.form).to_contain_text("Nothing is on sale in India just now.")
        await seeking.form.get_by_role("combobox", name="Number").click()
        await expect(seeking.page.get_by_role("option")).to_contain_text("Nothing is on sale in India just now.")


async def test_among_a_hundred_thousand_numbers_one_is_found_by_its_city_while_they_are_being_read(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SURVEYED_WITHIN", 0.1)
    many = (
        StockNumber(id=f"n{at}", e164=f"+91806{at:07}", country="IN", region="Mysuru" if at == 40 else "Bengaluru")
        for at in range(100_000)
    )
    async with a_seeker(browser, tmp_path, *many) as seeking:
        await seeking.type("/buynumber Mysuru for the palace")
        await expect(seeking.form).to_contain_text("1 number fits so far; the rest is still being read.")
        await expect(seeking.form.get_by_role("button", name="Remove +91 80 6000 0040")).to_be_visible()
        seeking.office.vobiz.every_read(ReadMood.DROPPED)


async def test_a_country_without_numbers_says_so(seeker: Seeker) -> None:
    await seeker.type("/buynumber France")
    await expect(seeker.form).to_contain_text("Nothing is on sale in France just now. Try another country.")
    await seeker.form.get_by_role("combobox", name="Number").click()
    await expect(seeker.page.get_by_role("option")).to_contain_text("Nothing is on sale in France just now.")
    await seeker.page.keyboard.press("Escape")
    await seeker.close()


async def test_whatever_the_provider_calls_its_places_is_shown_as_it_is_written(seeker: Seeker) -> None:
    plain = demo_inventory()[0]
    for at, region in enumerate(HOSTILE):
        e164 = f"+3120799000{at}"
        number = replace(plain, id=f"num_{at}", e164=e164, country="NL", region=region)
        seeker.office.vobiz.world.stock([number])
    await seeker.type("/buynumber NL")
    await expect(seeker.form).to_contain_text(f"{len(HOSTILE)} numbers are on sale in Netherlands.")
    await seeker.form.get_by_role("combobox", name="Number").click()
    listed = seeker.page.get_by_role("option")
    await expect(listed).to_have_count(len(HOSTILE))
    await expect(listed.filter(has_text="<!channel> <@U0ASHA001> *bold*")).to_have_count(1)
    await expect(listed.filter(has_text="Netherlands")).to_have_count(1)
    await listed.filter(has_text="<img src=x").click()
    await expect(seeker.form).to_contain_text("First year")
    await seeker.close()


async def test_three_numbers_are_picked_by_city_approved_at_once_and_two_of_them_bought(seeker: Seeker) -> None:
    picked = ["+912269000119", "+912269000156", "+912269000203"]
    await seeker.type("/buynumber Mumbai for the shop")
    numbers = seeker.form.get_by_role("combobox", name="Numbers")
    for number in picked:
        await numbers.click()
        await seeker.page.get_by_role("option", name=f"{number[:3]} {number[3:5]} {number[5:9]} {number[9:]}").click()
    await expect(seeker.form).to_contain_text("3 numbers: ₹2,245.50 now, then ₹1,497 a month.")
    await seeker.form.get_by_role("button", name="Request").click()
    await expect(seeker.form).to_have_count(0)
    card = seeker.articles.last
    await expect(card.get_by_role("heading")).to_have_text("Buy 3 numbers?")
    seeker.office.vobiz.somebody_else_takes(picked[1])
    await seeker.become("Meera")
    await seeker.articles.last.get_by_role("button", name="Approve").click()
    await seeker.page.get_by_role("alertdialog").get_by_role("button", name="Approve").click()
    for number, sign in zip(picked, ("✅ Bought", "❌ Not bought:", "✅ Bought"), strict=True):
        shown = f"{number[:3]} {number[3:5]} {number[5:9]} {number[9:]}"
        await expect(seeker.articles.last).to_contain_text(f"{sign} {shown}")
