"""The page in a real browser: quiet, without a network, light and dark, on a phone, by keyboard, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from page_browser import Browser, browsing, programs
from page_factory import HOSTILE, HOSTILE_KEY, crowded_tables, page_of
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.factories import tiny_tables

ROWS = crowded_tables()["episodes"].height + tiny_tables()["movies"].height

# Text and background of every element that has text of its own, with the contrast of WCAG 2.
CONTRASTS = """
const channels = (colour) => {
  const numbers = colour.match(/[\\d.]+(e-?\\d+)?/g).map(Number);
  return colour.startsWith("color(") ? numbers.slice(0, 3).concat(numbers[3] ?? 1)
    : numbers.slice(0, 3).map((one) => one / 255).concat(numbers[3] ?? 1);
};
const luminance = (colour) => channels(colour).slice(0, 3)
  .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
  .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
const background = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (channels(colour)[3] > 0) return colour;
  }
};
const poor = [];
let looked = 0;
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!own || !element.checkVisibility() || element.closest(".unseen, script, noscript")) continue;
  const style = getComputedStyle(element);
  const [one, other] = [element.closest("svg") ? style.fill : style.color, background(element)].map(luminance);
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  looked += 1;
  if (contrast < 4.5) poor.push(`${element.outerHTML.slice(0, 80)}: ${contrast.toFixed(2)}`);
}
return [looked, poor];
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    programs()
    folder = tmp_path_factory.mktemp("page")
    page = folder / "report.html"
    page.write_text(page_of(crowded_tables(), folder), "utf-8")
    with browsing(page, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def found(browser: Browser) -> str:
    return str(browser.ask("return document.getElementById('found').textContent"))


def listed(browser: Browser) -> list[str]:
    return list(
        browser.ask("return [...document.querySelectorAll('#stories > tr:not([hidden])')].map((row) => row.id)")
    )


def search(browser: Browser, words: str) -> None:
    field = browser.driver.find_element(By.ID, "words-sought")
    field.clear()
    field.send_keys(words)


def unfolded(browser: Browser, key: str) -> list[list[str]]:
    """The unfolded values of a row: field, what is published, who told it, the rule."""
    cells = """
    const table = document.getElementById(`values-of-${arguments[0]}`)?.querySelector("table");
    const text = (cell) => cell.innerText.replace(/\\s+/g, " ").trim();
    return table && [...table.tBodies[0].rows].map((row) => [...row.cells].map(text));
    """
    rows: list[list[str]] = browser.until(lambda: browser.ask(cells, key))
    return rows


def test_it_is_quiet_and_asks_nobody(browser: Browser) -> None:
    browser.complaints()
    browser.open(f"#{HOSTILE_KEY}")
    unfolded(browser, HOSTILE_KEY)
    search(browser, "haven")
    browser.until(lambda: found(browser).startswith("0 of"))
    assert browser.complaints() == []
    assert browser.requests() == [browser.address]


def test_foreign_text_does_nothing(browser: Browser) -> None:
    browser.open(f"#{HOSTILE_KEY}")
    rows = {row[0]: row for row in unfolded(browser, HOSTILE_KEY)}
    assert rows["title"][1] == " ".join(HOSTILE.split())
    assert browser.ask("return [window.broken, document.images.length, document.scripts.length]") == [None, 0, 3]
    links = browser.ask("return [...document.querySelectorAll('.witnesses a')].map((a) => a.getAttribute('href'))")
    assert links[0] == "https://example.org/<b>"
    assert all(link.startswith("https://example.org/") for link in links)


def test_the_search_finds_titles_people_and_other_values(browser: Browser) -> None:
    browser.open()
    browser.until(lambda: found(browser) == f"{ROWS} of {ROWS} found. The first 50 are listed.")
    search(browser, "farpoint")
    browser.until(lambda: found(browser) == f"1 of {ROWS} found.")
    assert listed(browser) == ["tng:encounter-at-farpoint"]
    search(browser, "meyer wrath")
    browser.until(lambda: listed(browser) == ["film:twok"])
    # Nobody has to find the letters with accents on a keyboard.
    search(browser, "jose NANDU story 17")
    browser.until(lambda: listed(browser) == ["tng:story-17"])


def test_all_rows_can_be_shown(browser: Browser) -> None:
    browser.open()
    button = browser.driver.find_element(By.ID, "show-all")
    browser.until(button.is_displayed)
    assert button.text == f"Show all {ROWS}"
    assert len(listed(browser)) == 50
    browser.ask("arguments[0].click()", button)
    browser.until(lambda: len(listed(browser)) == ROWS)
    assert not button.is_displayed()
    assert found(browser) == f"{ROWS} of {ROWS} found."


@pytest.mark.parametrize(
    ("field", "choice", "keys"),
    [
        ("series-sought", "Films", ["film:twok"]),
        ("state-sought", "With a conflict", ["tng:the-naked-now", HOSTILE_KEY]),
        ("state-sought", "With a stale value", ["tas:yesteryear"]),
        ("state-sought", "Without air date", ["tas:yesteryear"]),
        ("state-sought", "Without synopsis", ["tas:beyond-the-farthest-star", "tas:yesteryear", "film:twok"]),
    ],
)
def test_the_list_is_narrowed_by_choice(browser: Browser, field: str, choice: str, keys: list[str]) -> None:
    browser.open()
    Select(browser.driver.find_element(By.ID, field)).select_by_visible_text(choice)
    browser.until(lambda: listed(browser) == keys)


def test_a_row_unfolds_by_keyboard_down_to_its_witnesses(browser: Browser) -> None:
    browser.open()
    search(browser, "naked lynch")
    browser.until(lambda: listed(browser) == ["tng:the-naked-now"])
    focused = "return document.activeElement.textContent"
    browser.ask("document.getElementById('state-sought').focus()")
    for _ in range(2):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.ask(focused) == "The Naked Now"
    assert browser.ask("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    rows = {row[0]: row[1:] for row in unfolded(browser, "tng:the-naked-now")}
    assert rows["title"] == ["The Naked Now", "TMDB otherwise: The Naked Now! – Bundled catalogue", "order"]
    assert rows["directors"] == ["Paul Lynch", "TMDB", "order"]
    assert rows["guest stars"] == ["–", "nobody", ""]
    expanded = "return document.activeElement.getAttribute('aria-expanded')"
    assert browser.ask(expanded) == "true"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.ask(expanded) == "false"
    assert browser.ask("return document.querySelectorAll('.unfolded').length") == 0


def test_values_that_differ_say_how(browser: Browser) -> None:
    browser.open(f"#{HOSTILE_KEY}")
    rows = {row[0]: row[1:] for row in unfolded(browser, HOSTILE_KEY)}
    assert rows["title"][1:] == ["TMDB otherwise: Hostile – Bundled catalogue", "order"]
    assert rows["synopsis"][1] == "TMDB kept from an earlier run"
    assert rows["directors"][1] == 'otherwise: ["not a list – TMDB'
    assert rows["connections"][0].startswith("tng:the-naked-now (event: </script>")


def test_a_link_to_an_episode_shows_it(browser: Browser) -> None:
    browser.open()
    browser.until(lambda: found(browser))
    assert "tng:story-60" not in listed(browser)
    browser.ask("location.hash = '#tng:story-60'")
    assert unfolded(browser, "tng:story-60")[0] == ["title", "Story 60", "TMDB", ""]
    assert "tng:story-60" in listed(browser)


def test_the_charts_have_their_marks(browser: Browser) -> None:
    browser.open()
    dots = "return [...document.querySelectorAll(arguments[0])].map((mark) => mark.getBoundingClientRect().width)"
    assert browser.ask(dots, "section[aria-labelledby=quality] .mark-symbol path") == pytest.approx([6.8] * 3, abs=0.2)
    lines = browser.ask(dots, "#trend ~ .charts .mark-line path")
    assert len(lines) == 3
    assert all(width > 200 for width in lines)


def colours(browser: Browser) -> dict[str, Any]:
    script = """
    const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
    return {paper: of("body", "backgroundColor"), ink: of("body", "color"), dot: of(".mark-symbol path", "fill")};
    """
    answer: dict[str, Any] = browser.ask(script)
    return answer


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_text_can_be_read(browser: Browser, *, is_dark: bool) -> None:
    browser.open(f"#{HOSTILE_KEY}", is_dark=is_dark)
    unfolded(browser, HOSTILE_KEY)
    browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
    looked, poor = browser.ask(CONTRASTS)
    assert looked > 400
    assert poor == []


def test_light_and_dark_differ_in_paper_ink_and_charts(browser: Browser) -> None:
    browser.open()
    light = colours(browser)
    browser.open(is_dark=True)
    dark = colours(browser)
    assert light["paper"] == "rgb(255, 255, 255)"
    assert dark["paper"] == "rgb(20, 23, 27)"
    assert all(light[name] != dark[name] for name in light)


def test_a_phone_need_not_scroll_sideways(browser: Browser) -> None:
    browser.open(f"#{HOSTILE_KEY}", width=390)
    unfolded(browser, HOSTILE_KEY)
    browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
    assert browser.ask("return [innerWidth, document.documentElement.scrollWidth]") == [390, 390]


def test_without_a_script_everything_but_the_search_is_there(browser: Browser) -> None:
    browser.open(has_script=False)
    assert len(listed(browser)) == ROWS
    visible = "return arguments[0].map((selector) => document.querySelector(selector).checkVisibility())"
    selectors = ["#search", "#show-all", "noscript p", "#stories tr:last-child", "#completeness ~ .scroll td"]
    assert browser.ask(visible, selectors) == [False, False, True, True, True]
    browser.driver.find_element(By.CSS_SELECTOR, "section[aria-labelledby=quality] summary").click()
    assert browser.ask(visible, ["section[aria-labelledby=quality] details table"]) == [True]
    browser.command("Emulation.setScriptExecutionDisabled", value=False)
