"""Titles and names as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transform_factory import PROPERTY, value_of

from etl.transform.text import name_key, part_of, plain, present_text, present_title, slug, title_key, without_part

ANY_TEXT = st.text(max_size=40)
ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@pytest.mark.parametrize(
    ("title", "bare", "part"),
    [
        ("The Menagerie, Part II", "The Menagerie", 2),
        ("The Menagerie Part I", "The Menagerie", 1),
        ("Unification: Part II", "Unification", 2),
        ("Gambit - Part 1", "Gambit", 1),
        ("Gambit – Part 2", "Gambit", 2),
        ("Dark Frontier, Part 2", "Dark Frontier", 2),
        ("A Moral Star, part one", "A Moral Star", 1),
        ("Year of Hell, Part Two", "Year of Hell", 2),
        ("Ring, PART III", "Ring", 3),
        ("Ring, Part Four", "Ring", 4),
        ("Ring, Part V", "Ring", 5),
        ("Emissary (2)", "Emissary", 2),
        ("Emissary(1)", "Emissary", 1),
        ("Emissary ( 2 ) ", "Emissary", 2),
        ("Emissary (Part 2)", "Emissary", 2),
        ("Emissary (II)", "Emissary", 2),
        ("All Good Things... (1)", "All Good Things...", 1),
        ("In a Mirror, Darkly, Part II", "In a Mirror, Darkly", 2),
        ("Equinox", "Equinox", None),
        ("Crisis Point 2: Paradoxus", "Crisis Point 2: Paradoxus", None),
        ("Starbase 80?!", "Starbase 80?!", None),
        ("Body Parts", "Body Parts", None),
        ("Counterpart II", "Counterpart II", None),
        ("Part Company", "Part Company", None),
        ("Ring, Part VI", "Ring, Part VI", None),
        ("Ring, Part 12", "Ring, Part 12", None),
        ("Part II", "Part II", 2),
        ("", "", None),
        (None, None, None),
    ],
)
def test_a_part_is_told_apart_from_its_title(title: str | None, bare: str | None, part: int | None) -> None:
    assert value_of(without_part, title) == bare
    assert value_of(part_of, title) == part


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("All Good Things...", "All Good Things…"),
        ("The Mind's Eye", "The Mind’s Eye"),
        ("The Mind's Eye", "The Minds Eye"),
        ("The Mind`s Eye", "The Mind´s Eye"),
        ("Up the Long Ladder", "Up The Long Ladder"),
        ("Ménage à Troi", "Menage a Troi"),
        ("Võx", "Vox"),
        ("E²", "E2"),
        ("Lost & Found", "Lost and Found"),
        ("Q&A", "Q and A"),
        ("Dark Frontier, Part 2", "Dark Frontier (2)"),
        ("Trials and Tribble-ations", "Trials and Tribbleations"),
        ("  Operation -- Annihilate!", "Operation: Annihilate"),
    ],
)
def test_spellings_of_one_title_have_one_key(one: str, other: str) -> None:
    assert value_of(title_key, one) == value_of(title_key, other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("The Search", "The Searches"), ("11:59", "11:58"), ("Part I", "Part II"), ("Ort", "Øre")]
)
def test_different_titles_have_different_keys(one: str, other: str) -> None:
    assert value_of(title_key, one) != value_of(title_key, other)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Encounter at Farpoint (2)", "encounteratfarpoint"),
        ("In a Mirror, Darkly, Part I", "inamirrordarkly"),
        ("11:59", "1159"),
        ("...", ""),
        (None, None),
    ],
)
def test_a_title_key_is_its_letters_and_digits(title: str | None, key: str | None) -> None:
    assert value_of(title_key, title) == key


@pytest.mark.parametrize(
    "title",
    [
        "", " ", "TBA", "tbd", "None", "n/a", "Unknown", "Untitled", "Episode 7", "episode #12", "Chapter 3", "Folge 4",
        "Stardate TBD", " stardate  tbd ",
    ],
)  # fmt: skip
def test_a_placeholder_is_no_title(title: str) -> None:
    assert value_of(present_title, title) is None


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        (" The  Naked\tNow ", "The Naked Now"),
        ("Episode", "Episode"),
        ("Episode 7: The Return", "Episode 7: The Return"),
        ("Unknown Sender", "Unknown Sender"),
        ("None but the Brave", "None but the Brave"),
        ("37", "37"),
    ],
)
def test_a_real_title_stays_with_single_spaces(title: str, kept: str) -> None:
    assert value_of(present_title, title) == kept


@pytest.mark.parametrize("text", ["", "  ", "TBA", "TBD", "none", "N/A", "null", "Unknown", "-", "--", None])
def test_a_placeholder_is_no_text(text: str | None) -> None:
    assert value_of(present_text, text) is None


@pytest.mark.parametrize(
    ("text", "kept"), [(" A ship. ", "A ship."), ("Unknown space.", "Unknown space."), ("Episode 7", "Episode 7")]
)
def test_other_text_stays_trimmed(text: str, kept: str) -> None:
    assert value_of(present_text, text) == kept


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Mudd's Women", "mudds-women"),
        ("What Are Little Girls Made Of?", "what-are-little-girls-made-of"),
        ("Operation -- Annihilate!", "operation-annihilate"),
        ("The Menagerie, Part II", "the-menagerie-part-ii"),
        ("Ménage à Troi", "menage-a-troi"),
        ("All Good Things...", "all-good-things"),
        ("Looking for par'Mach in All the Wrong Places", "looking-for-parmach-in-all-the-wrong-places"),
        ("'Til Death Do Us Part", "til-death-do-us-part"),
        ("The Siege of AR-558", "the-siege-of-ar-558"),
        ("11:59", "11-59"),
        ("E²", "e2"),
        ("...But to Connect", "but-to-connect"),
        ("Q&A", "q-and-a"),
        ("Võx", "vox"),
        ("Starbase 80?!", "starbase-80"),
        ("Once La’An a Time", "once-laan-a-time"),
        ("?!", ""),
        (None, None),
    ],
)
def test_a_slug_is_the_title_as_the_catalogue_keys_have_it(title: str | None, key: str | None) -> None:
    assert value_of(slug, title) == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("D.C. Fontana", "D. C. Fontana"),
        ("D.C. Fontana", "d c fontana"),
        ("Cuba Gooding Jr.", "Cuba Gooding, Jr"),
        ("Cuba Gooding Jr.", "Cuba Gooding"),
        ("Sammy Davis, Sr.", "Sammy Davis"),
        ("René Auberjonois", "Rene Auberjonois"),
        ("Terry O'Quinn", "Terry O’Quinn"),
    ],
)
def test_spellings_of_one_person_have_one_key(one: str, other: str) -> None:
    assert value_of(name_key, one) == value_of(name_key, other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Rick Berman", "Rick Bermann"), ("Jr. Walker", "Walker"), ("Asrar", "Asra")]
)
def test_different_people_have_different_keys(one: str, other: str) -> None:
    assert value_of(name_key, one) != value_of(name_key, other)


def test_plain_text_is_lower_case_without_accents_and_apostrophes() -> None:
    assert value_of(plain, "Ménage & Q's “Été” ﬁn") == "menage  and  qs “ete” fin"


@PROPERTY
@given(ANY_TEXT)
def test_no_text_is_too_strange_to_compare(text: str) -> None:
    for function in (title_key, slug, name_key, plain, without_part, present_title, present_text, part_of):
        value_of(function, text)


@PROPERTY
@given(ASCII)
def test_a_title_key_does_not_depend_on_case(title: str) -> None:
    assert value_of(title_key, title.upper()) == value_of(title_key, title.lower())


@PROPERTY
@given(ANY_TEXT, st.sampled_from("'’‘`´ʼ"))
def test_a_title_key_does_not_depend_on_the_style_of_apostrophes(title: str, apostrophe: str) -> None:
    straight = title.replace(apostrophe, "'")
    assert value_of(title_key, straight) == value_of(title_key, straight.replace("'", apostrophe))


@PROPERTY
@given(ANY_TEXT)
def test_plain_text_without_a_part_is_its_own_title_key(title: str) -> None:
    key = value_of(title_key, title)
    if value_of(part_of, key) is None:
        assert value_of(title_key, key) == key


@PROPERTY
@given(ASCII)
def test_a_slug_of_ascii_has_only_letters_digits_and_single_hyphens(title: str) -> None:
    words = value_of(slug, title).split("-")
    assert words == [""] or all(word.isalnum() and word == word.lower() for word in words)


@PROPERTY
@given(st.from_regex(r"[A-Za-z]{3,8}( [A-Za-z]{3,8}){0,2}", fullmatch=True), st.integers(1, 5))
def test_every_way_to_write_a_part_is_the_same_part(title: str, part: int) -> None:
    roman = ["I", "II", "III", "IV", "V"][part - 1]
    word = ["One", "Two", "Three", "Four", "Five"][part - 1]
    ways = [f"{title} ({part})", f"{title}, Part {part}", f"{title} Part {roman}", f"{title}: part {word}"]
    assert {value_of(part_of, way) for way in ways} == {part}
    assert {value_of(without_part, way) for way in ways} == {title}
