"""Wikitext and data modules: what comes out of pages of the documented shape, and of pages that nobody should write."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mwparserfromhell import parse
from mwparserfromhell.wikicode import Wikicode

from benchmarks.wiki_pages import episode_page
from etl.extract.lua_data import LuaError, read_table
from etl.extract.wiki_article import WikitextError, parse_article
from etl.extract.wiki_cast import cast
from etl.extract.wiki_episode import Modules, season_of
from etl.extract.wikitext import people, references, render, sidebar_of


def rendered(text: str) -> str:
    return render(parse(text))


def names(text: str) -> list[str]:
    return people(parse(text))


def roles(text: str) -> list[tuple[str | None, str | None]]:
    return [(credit["actor"], credit["character"]) for credit in cast(parse(f"=== Guest stars ===\n{text}\n"))]


class TestRendering:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("41153.7 ([[2364]])", "41153.7 (2364)"),
            ("[[2364]]&ndash;[[2365|65]]", "2364–65"),
            ("{{USS|Heron|NX-12-B|-B}}", "USS Heron-B"),
            ("{{USS|Heron}} and {{SS|Crane|X-1}}", "USS Heron and SS Crane"),
            ("{{d|2|March|2031}}", "2 March 2031"),
            ("{{dis|Mara|captain}}", "Mara"),
            ("{{outer|{{inner|deep}}}}", "deep"),
            ("{{empty}}", ""),
            ("one<!-- two -->three", "onethree"),
            ("one<br>two<br />three", "one two three"),
            ("one<ref>[[two]]</ref>, <ref name=x />three", "one, three"),
            ("'''bold''' ''italic'' <small>small</small>", "bold italic small"),
            ("[[File:Loom.jpg|thumb|A loom]]text", "text"),
            ("[[:Category:Looms]]", "Category:Looms"),
            ("[https://example.org the page] [https://example.org]", "the page"),
            ("{{{1|given}}}{{{2}}}", "given"),
            ("== Heading ==\ntext", "text"),
            ("a &amp; b", "a & b"),
        ],
    )
    def test_a_value_is_what_a_reader_sees(self, text: str, shown: str) -> None:
        assert rendered(text) == shown

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[[Ada Loom]] and [[Ben Weft]]", ["Ada Loom", "Ben Weft"]),
            ("[[Ada Loom]], [[Ben Weft]] & [[Cy Warp]]", ["Ada Loom", "Ben Weft", "Cy Warp"]),
            ("[[Ada Loom]]<br />Ben Weft<br>Ada Loom", ["Ada Loom", "Ben Weft"]),
            ("* [[Ada Loom]]\n* [[Ben Weft]] (uncredited)", ["Ada Loom", "Ben Weft"]),
            ("[[Loom and Weft, Ltd.]]", ["Loom and Weft, Ltd."]),
            ("Ben Weft, Jr., [[Ada Loom|A. Loom]]", ["Ben Weft, Jr.", "A. Loom"]),
            ("Story by [[Ada Loom]]", ["Ada Loom"]),
            ("{{p|Ada and Ben}}", ["Ada and Ben"]),
            ("Sandy Anderson", ["Sandy Anderson"]),
            ("<!-- nobody -->", []),
        ],
    )
    def test_people_are_names_each_once(self, text: str, expected: list[str]) -> None:
        assert names(text) == expected


class TestCast:
    def test_a_line_is_an_actor_and_a_character(self) -> None:
        assert roles("* [[Ada Loom]] as [[Mara (captain)|Mara]]\n* Ben Weft as a guard") == [
            ("Ada Loom", "Mara"),
            ("Ben Weft", "a guard"),
        ]

    def test_sub_bullets_are_more_roles_of_one_actor(self) -> None:
        text = "* [[Ada Loom]] as\n** [[Mara]]\n** [[Mara's double]]\n* [[Ben Weft]]\n** as [[Tor]]\n** as"
        assert roles(text) == [
            ("Ada Loom", "Mara"),
            ("Ada Loom", "Mara's double"),
            ("Ben Weft", "Tor"),
            ("Ben Weft", None),
        ]

    def test_an_actor_may_be_without_a_role(self) -> None:
        assert roles("* [[Ada Loom]] (voice)\n* as [[Nobody]]\n** [[Nobody's role]]") == [
            ("Ada Loom", None),
            ("Ada Loom", "Nobody's role"),
        ]

    def test_a_line_without_an_actor_above_it_is_nobodys(self) -> None:
        assert roles("** as [[Mara]]\n* as\n*") == []

    def test_a_cast_may_end_with_the_page(self) -> None:
        assert [credit["actor"] for credit in cast(parse("=== Co-stars ===\n* [[Ada Loom]]"))] == ["Ada Loom"]

    def test_as_inside_of_a_link_separates_nothing(self) -> None:
        assert roles("* [[Just as good]] as [[Sly as a Fox]]") == [("Just as good", "Sly as a Fox")]

    def test_only_sections_about_stars_and_guests_count_and_each_is_named(self) -> None:
        page = parse(
            "=== Starring ===\n* [[A]] as [[B]]\n=== Stunt doubles ===\n* [[C]]\n=== Co-stars ===\nSee below.\n"
            "<!-- x -->\n* [[D]] as [[E]]<ref>Once</ref>\nA line.\n* '''[[F]]'''"
        )
        assert [(credit["section"], credit["actor"]) for credit in cast(page)] == [
            ("Starring", "A"),
            ("Co-stars", "D"),
            ("Co-stars", "F"),
        ]


class TestReferences:
    def test_templates_and_links_name_pages_each_once(self) -> None:
        page = parse(
            "{{LOOM|Weft}} {{e|Warp}} {{loom|Weft|s=1}} [[Shuttle (episode)#Act|the shuttle]] [[Weft (episode)]] "
            "{{OTHER|No}} [[Loom]] {{e}} {{e|}} <ref>{{e|Knot (episode)}}</ref> [[:Thread_Two_(Episode)]]"
        )
        assert references(page, ["LOOM"]) == [
            "Weft (episode)",
            "Warp (episode)",
            "Shuttle (episode)",
            "Knot (episode)",
            "Thread Two (Episode)",
        ]


def told(page: Wikicode) -> dict[str, object]:
    """All that is read from a page."""
    sidebar = sidebar_of(page)
    return {
        "sidebar": sidebar and {name: str(value) for name, value in sidebar.items()},
        "cast": cast(page),
        "references": references(page, CODES),
    }


CODES = ("LOOM", "WARP")
PIECES = (
    """
{{sidebar episode\n| title = A\n| writer = [[B]]\n}}~{{Sidebar_Episode|date={{d|1|May}}|~{{sidebar  episode}}
~== Summary ==\n~\n=== Guest stars ===\n~\n=== {{i|Starring}} ===\n~\n= Co-stars {{e|In a heading}} =\n~==
~* [[Ada Loom]] as [[Mara (captain)|Mara]]\n~** as {{loom|Weft}}\n~\n* '''Ben''' as\n: ~\n#~\n; a : b
~{{LOOM|Weft}}~{{e|Warp (episode)|x}}~{{ warp | Knot }}~{{other|{{e|Deep}}}}~{{{{e|x}}|y}}~{{loom<!-- -->|Hidden}}
~[[Weft (episode)]]~[[Knot_(Episode)#Act|knot]]~[[{{x}} (episode)]]~[[Loom|[[Weft (episode)]]]]~[[A&amp;B (episode)]]
~<ref>{{e|In a note}}~</ref>~<br />~<small>[[Small (episode)|s]]</small>~<!-- {{e|Not there}} -->~<!--~<i>{{e|I}}</i>
~''[[Slanted (episode)]]'' and '''{{e|Bold}}'''~''~'''''~[https://a.example {{e|Out}}]~{|\n| {{e|Cell}}\n|}\n~<nowiki>
~{{{1|{{e|Default}}}}}~&ndash;~&~plain prose. ~\n\n~\n~{{~}}~[[~]]~|~=~https://a.example/{{e|Bare}} ~<b {{e|Attribute}}>
~[[]]~{{}}~[[|]]
""".replace("\n", "")
    .replace(r"\n", "\n")
    .split("~")
)


class TestArticles:
    @given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
    @example("[[]]")
    def test_what_is_left_out_is_not_missed(self, text: str) -> None:
        assert told(parse_article(text, CODES)) == told(parse(text))

    @given(st.text(alphabet="{}[]|='<>/!-*# \neEL()episode&;", max_size=60))
    def test_nor_is_it_in_any_text(self, text: str) -> None:
        text = f"=== Guest stars ===\n{text}\n== x ==\n[[{text} (episode)]] {{{{e|{text}}}}}{{{{loom|{text}"
        assert told(parse_article(text, CODES)) == told(parse(text))

    @pytest.mark.parametrize("seed", range(3))
    def test_a_long_page_tells_the_same_by_a_part_of_its_nodes(self, seed: int) -> None:
        text = episode_page(60_000, seed, code="LOOM")
        article, whole = parse_article(text, CODES), parse(text)
        assert told(article) == told(whole)
        assert all(told(article).values())
        assert len(article.nodes) < len(whole.nodes) / 3


class TestHostilePages:
    def test_the_sidebar_is_found_by_its_name_in_any_spelling(self) -> None:
        sidebar = sidebar_of(parse_article("{{x|{{Sidebar_Episode\n| title = A\n|b=c}}}}", []))
        assert sidebar is not None
        assert {name: render(value) for name, value in sidebar.items()} == {"title": "A", "b": "c"}

    def test_an_unclosed_sidebar_is_none(self) -> None:
        assert sidebar_of(parse_article("{{sidebar episode\n| title = A\n| writer = [[B]]\n", [])) is None

    @pytest.mark.parametrize(
        "unit",
        [
            "{{",
            "{{a|",
            "{{{",
            "[[a|",
            "[http://a ",
            "<b ",
            "<b>",
            "{",
            "{{a}} {{b|",
            "<a>{{",
            "}}{{{{",
            "{|\n* <!--",
            "<!-- ",
        ],
    )
    def test_what_leaves_too_much_open_is_refused_and_not_waited_for(self, unit: str) -> None:
        began = time.monotonic()
        try:
            sidebar_of(parse_article(unit * 10_000, []))
        except WikitextError as error:
            assert "too much open" in str(error)
        assert time.monotonic() - began < 5

    def test_nested_braces_are_refused(self) -> None:
        with pytest.raises(WikitextError, match="braces"):
            parse_article("{" * 20_000 + "}" * 20_000, [])

    def test_a_page_beyond_all_measure_is_refused(self) -> None:
        with pytest.raises(WikitextError, match="too long"):
            parse_article("x" * 1_000_001, [])

    def test_an_ordinary_long_page_is_not(self) -> None:
        line = "* [[Ada]] as [[Mara|{{x|y}}]] <ref>[https://example.org x]</ref><br> > 3 <small>z</small>\n"
        assert len(cast(parse_article("=== Co-stars ===\n" + line * 300, []))) == 300

    @given(st.text(alphabet="{}[]|='<>/!-*#: \nabs&;", max_size=200))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        page = parse_article("=== Guest stars ===\n* a as\n" + text[:60], ["a"])
        render(page), people(page), cast(page), references(page, ["a"]), sidebar_of(page)


class TestLuaTables:
    def test_a_module_is_a_table_of_texts(self) -> None:
        source = (
            "-- made by hand\nreturn {\n"
            '    ["Ada\'s Loom (episode)"] = "1x01/02", -- twice as long\n'
            "    ['Say \"weft\"'] = '2',\n"
            '    --[[ ["gone"] = "x", ]]\n    --[==[ ]] ]==]\n'
            '    ["a\\"b\\\\c\\tn\\65\\x42\\u{43}\\195\\169\\z   d"] = 7;\n'
            "    plain = [[long\ntext]],\n"
            '    ["plain"] = -1.5,\n'
            "};\n-- end"
        )
        assert read_table(source) == {
            "Ada's Loom (episode)": "1x01/02",
            'Say "weft"': "2",
            'a"b\\c\tnABCéd': "7",
            "plain": "-1.5",
        }

    @pytest.mark.parametrize("source", ["return {}", " return{ } ", "return { -- x\n }"])
    def test_a_table_may_be_empty(self, source: str) -> None:
        assert read_table(source) == {}

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("", "`return` is missing"),
            ("local t = {}", "`return` is missing"),
            ("return nil", "`{` is missing"),
            ('return { ["a"] = "b"', "a comma is missing"),
            ('return { ["a"] = "b" ["c"] = "d" }', "a comma is missing"),
            ('return { ["a"] "b" }', "`=` is missing"),
            ('return { ["a" = "b" }', "`]` is missing"),
            ('return { "a" }', "a key is missing"),
            ('return { a = { b = "c" } }', "neither a text nor a number"),
            ("return { a = os.exit() }", "neither a text nor a number"),
            ('return { a = "b }\n', "a text does not end"),
            ('return { a = "b\\', "a text does not end"),
            ('return { a = "\\q" }', "an unknown escape"),
            ('return { a = "\\300" }', "beyond a byte"),
            ('return { a = "\\u{D800}" }', "no such character"),
            ('return { a = "\\u{FFFFFF}" }', "no such character"),
            ('return { a = "\ud800" }', "half of a character"),
            ('return {\n\n["a"] = "b"\n} + 1', "line 4: something follows"),
            ("return { --[[ }", "a key is missing"),
        ],
    )
    def test_anything_else_is_refused_with_the_reason(self, source: str, reason: str) -> None:
        with pytest.raises(LuaError) as refused:
            read_table(source)
        assert reason in str(refused.value)

    @given(st.text() | st.text(alphabet="return{}[]\"'=,;-\\ \nax01"))
    def test_any_text_is_a_table_or_refused(self, source: str) -> None:
        for text in (source, f"return {{{source}}}", f'return {{ ["{source}"] = "x" }}'):
            try:
                table = read_table(text)
            except LuaError:
                continue
            assert all(isinstance(value, str) for value in table.values())

    @given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(codec="utf-8"))))
    def test_a_table_comes_back_as_it_was_written(self, table: dict[str, str]) -> None:
        def quoted(text: str) -> str:
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

        lines = [f"[{quoted(key)}] = {quoted(value)}," for key, value in table.items()]
        assert read_table("return {\n" + "\n".join(lines) + "\n}") == table


class TestModules:
    @pytest.mark.parametrize("key", ["The Loom (episode)", "The Loom", "the LOOM (Episode)", "The_Loom"])
    @pytest.mark.parametrize("title", ["The Loom (episode)", "The Loom"])
    def test_keys_are_found_in_any_form(self, key: str, title: str) -> None:
        assert Modules({"N": {key: " 1x01 "}}).value("N", title) == "1x01"

    def test_the_own_form_goes_before_the_other(self) -> None:
        modules = Modules({"N": {"Loom": "1x01", "Loom (episode)": "2x02", "Void": ""}})
        assert [modules.value("N", title) for title in ("Loom", "Loom (episode)", "Void", "None")] == [
            "1x01",
            "2x02",
            None,
            None,
        ]

    @pytest.mark.parametrize(
        ("row", "season"),
        [(("2x05", "3", "4"), 2), ((None, "3", "4"), 3), ((None, "x", "04"), 4), ((None, None, None), None)],
    )
    def test_a_row_names_its_season(self, row: tuple[str | None, ...], season: int | None) -> None:
        assert season_of(dict(zip(("n", "s", "nSeason"), row, strict=True))) == season
