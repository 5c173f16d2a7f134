"""The franchise file: what it gives when it is right, and what it says when it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl.errors import ExitCode, InputError
from etl.franchise import BUNDLED, MERGE_ORDER, FieldPolicy, Franchise, QualityPolicy, load_franchise
from schemas.episodes import MERGED_FIELDS

MINIMAL = """
code = "stargate"
name = "Stargate"

[[series]]
code = "sg1"
name = "Stargate SG-1"
kind = "series"
is_ended = true
ids = { tmdb = 4629, imdb = "tt0118480" }
seasons = [{ number = 1, years = "1997-1998" }, { number = 2 }]

[[series]]
code = "sgu"
name = "Stargate Universe"
kind = "series"
is_ended = true

[[films]]
code = "film94"
title = "Stargate"

[[eras]]
id = "milky_way"
title = "Milky Way"
years = "1994-1998"
stardates = "none"
description = "The gate is opened."
rules = [{ series = "sg1" }]
films = ["film94"]

[[eras]]
id = "destiny"
title = "Destiny"
years = "2009"
stardates = "none"
description = "The last chevron."
rules = [{ series = "sgu" }]
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "franchise.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder: Path, text: str) -> str:
    file = written(folder, text)
    with pytest.raises(InputError) as caught:
        load_franchise(file)
    place, _, message = str(caught.value).removeprefix(f"{file}:").partition(": ")
    assert place.isdecimal()
    return message


@pytest.fixture(scope="module")
def star_trek() -> Franchise:
    return load_franchise("star_trek")


def test_star_trek_is_bundled(star_trek: Franchise) -> None:
    assert (star_trek.code, star_trek.name) == ("star_trek", "Star Trek")
    assert star_trek.series_codes == (
        *("tos", "tas", "tng", "ds9", "voy", "ent", "dis", "st", "pic", "ld", "pro", "snw", "sfa"),
    )
    assert [series.code for series in star_trek.series if not series.is_ended] == ["snw", "sfa"]
    assert [series.code for series in star_trek.series if series.kind == "animated"] == ["tas", "ld", "pro"]
    assert star_trek.series_by_code("tas").ids["tmdb"] == "1992"
    assert star_trek.quality == QualityPolicy(threshold=0.6, half_life_running_days=30, half_life_ended_days=730)


def test_ids_are_those_that_public_projects_get_wrong(star_trek: Franchise) -> None:
    assert star_trek.series_by_code("snw").ids["tmdb"] == "103516"
    assert star_trek.series_by_code("pro").ids["tmdb"] == "106393"
    assert "tmdb" not in star_trek.series_by_code("st").ids
    hosts = {series.ids["trekcore"] for series in star_trek.series if "trekcore" in series.ids}
    assert hosts == {"tos", "tas", "tng", "ds9", "voy", "ent", "discovery", "academy"}
    for name in ("tmdb", "imdb", "tvmaze", "memory_alpha", "stapi"):
        ids = [series.ids[name] for series in star_trek.series if name in series.ids]
        assert len(set(ids)) == len(ids), name


def test_eras_are_in_in_universe_order(star_trek: Franchise) -> None:
    assert [era.id for era in star_trek.eras] == [
        *("enterprise", "discovery_snw", "tos_era", "tng_era", "late_24th", "picard_era", "far_future"),
        "kelvin_timeline",
    ]


@pytest.mark.parametrize(
    ("series", "season", "era"),
    [
        ("tos", 0, "tos_era"),
        ("tas", 1, "tos_era"),
        ("dis", 2, "discovery_snw"),
        ("dis", 3, "far_future"),
        ("snw", 5, "discovery_snw"),
        ("dis", 6, "far_future"),
        ("ld", 1, "late_24th"),
        ("pic", 1, "picard_era"),
        ("sfa", 2, "far_future"),
    ],
)
def test_a_season_has_an_era_even_before_the_file_lists_it(
    star_trek: Franchise, series: str, season: int, era: str
) -> None:
    found = star_trek.era_of_season(series, season)
    assert found is not None
    assert found.id == era


def test_a_series_that_no_rule_names_has_no_era(star_trek: Franchise) -> None:
    assert star_trek.era_of_season("orville", 1) is None


def test_the_catalogue_is_whole_paths_and_a_time_in_utc(star_trek: Franchise) -> None:
    assert star_trek.catalogue is not None
    assert star_trek.catalogue.episodes == BUNDLED / "star_trek" / "episodes.csv"
    assert star_trek.catalogue.checked_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert star_trek.catalogue.checked_at.tzinfo is UTC


def test_policies(star_trek: Franchise) -> None:
    merge = star_trek.merge
    assert merge.order == MERGE_ORDER
    assert merge.policy("title").order is not None
    assert (merge.policy("title").order or ())[:2] == ("override", "catalogue")
    assert merge.policy("air_date").rule == "agree"
    assert (merge.policy("air_date").order or ())[:4] == ("override", "memory_alpha", "catalogue", "tmdb")
    assert merge.policy("directors").rule == "union"
    assert merge.policy("no such field") == FieldPolicy(rule="order", order=MERGE_ORDER)
    assert set(merge.fields) == set(MERGED_FIELDS)
    assert all(set(policy.order or MERGE_ORDER) == set(MERGE_ORDER) for policy in merge.fields.values())


def test_another_franchise_needs_no_catalogue_and_no_policies(tmp_path: Path) -> None:
    franchise = load_franchise(str(written(tmp_path, MINIMAL)))
    assert franchise.catalogue is None
    assert franchise.merge.policy("title").order == MERGE_ORDER
    assert franchise.series_by_code("sg1").ids == {"tmdb": "4629", "imdb": "tt0118480"}
    assert [season.years for season in franchise.series_by_code("sg1").seasons] == ["1997-1998", ""]
    assert franchise.quality.half_life_ended_days == 730
    assert franchise.sources.stapi.people_budget == 20


def test_a_code_without_a_series_is_a_key_error(star_trek: Franchise) -> None:
    with pytest.raises(KeyError):
        star_trek.series_by_code("orville")


def test_a_franchise_cannot_be_changed(star_trek: Franchise) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        star_trek.name = "Star Wars"


def test_a_catalogue_stands_beside_its_franchise_file(tmp_path: Path) -> None:
    files = "episodes = 'e.csv'\nmovies = 'm.csv'\ndisputes = 'd.csv'\n"
    text = f"{MINIMAL}\n[catalogue]\n{files}checked_at = 2026-11-01T02:00:00+02:00\n"
    for name in ("e.csv", "m.csv"):
        (tmp_path / name).touch()
    message = refused(tmp_path, text)
    assert message.startswith("catalogue.disputes: There is no such file beside the franchise file (given: 'd.csv').")
    (tmp_path / "d.csv").touch()
    catalogue = load_franchise(tmp_path / "franchise.toml").catalogue
    assert catalogue is not None
    assert catalogue.disputes == tmp_path / "d.csv"
    assert catalogue.checked_at == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["star_wars", "some/where", ""])
def test_an_unknown_name_lists_the_bundled_ones(name: str) -> None:
    with pytest.raises(
        InputError, match=r"Bundled: breaking_bad, game_of_thrones, star_trek; or give the path of a \.toml file"
    ) as caught:
        load_franchise(name)
    assert f"There is no franchise {name!r}." in str(caught.value)
    assert caught.value.exit_code is ExitCode.WRONG_INPUT


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml: The franchise file cannot be read \(No such file") as caught:
        load_franchise(tmp_path / "gone.toml")
    assert "Check the path and its permissions." in str(caught.value)


def test_a_syntax_error_says_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"franchise\.toml:2: This is no TOML: Invalid value\. Correct this place\."):
        load_franchise(written(tmp_path, 'code = "x"\nname = \n'))


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "franchise.toml"
    file.write_bytes(b'name = "\xff"')
    with pytest.raises(InputError, match=r"franchise\.toml:1: The franchise file is not written in UTF-8"):
        load_franchise(file)


WRONG = [
    ('name = "Stargate"\n', "", "name: Field required. Add it."),
    ("is_ended = true\nids", "is_endet = true\nids", "series[0].is_ended: Field required. Add it."),
    ('kind = "series"\nis_ended = true\nids', 'kind = "film"\nis_ended = true\nids', "series[0].kind: Input should be"),
    ("is_ended = true\nids", 'is_ended = "yes"\nids', "series[0].is_ended: Input should be a valid boolean"),
    ("number = 2", 'number = "2"', "series[0].seasons[1].number: Input should be a valid integer (given: '2')"),
    ("number = 2", "number = -2", "series[0].seasons[1].number: Input should be greater than or equal to 0"),
    ("tmdb = 4629", "tmdb = 4.5", "series[0].ids.tmdb: Input should be a valid string (given: 4.5)"),
    ("tmdb = 4629", "tmdb = true", "series[0].ids.tmdb: Input should be a valid string (given: True)"),
    ("tmdb = 4629", "tmbd = 4629", "series[0].ids.tmbd: String should match pattern '^(tmdb|imdb|tvmaze|"),
    ('code = "sg1"', 'code = "SG-1"', "series[0].code: String should match pattern '^[a-z0-9]{2,6}$' (given: 'SG-1')"),
    ('code = "sg1"', 'code = "stargate"', "series[0].code: String should match"),
    ('code = "film94"', 'code = "thefirstfilm"', "films[0].code: String should match"),
    ('"1997-1998"', '"1997–98"', "series[0].seasons[0].years: String should match"),
    ('title = "Milky Way"\n', "colour = 1\n", "eras[0].title: Field required"),
    ('code = "sgu"', 'code = "sg1"', "series[1]: 'sg1' stands there more than once. Keep one of them."),
    ("number = 2", "number = 1", "series[0].seasons[1]: 1 stands there more than once."),
    ('id = "destiny"', 'id = "milky_way"', "eras[1]: 'milky_way' stands there more than once."),
    (
        '[[films]]\ncode = "film94"',
        '[[films]]\ncode = "film94"\ntitle = "Stargate"\n\n[[films]]\ncode = "film94"',
        "films[1]: 'film94' stands there more than once.",
    ),
    (
        '{ series = "sgu" }',
        '{ series = "sga" }',
        "eras[1].rules[0].series: There is no series 'sga'. Use one of sg1, sgu.",
    ),
    (
        '{ series = "sg1" }',
        '{ series = "sg1", seasons = [1, 2, 3] }',
        "eras[0].rules[0].seasons: sg1 has no season 3. Add it to the series or mend this.",
    ),
    (
        '{ series = "sg1" }',
        '{ series = "sg1", seasons = [] }',
        "eras[0].rules[0].seasons: Tuple should have at least 1",
    ),
    (
        '{ series = "sg1" }',
        '{ series = "sg1", seasons = [1] }',
        "series[0].seasons[1]: Season 2 of sg1 belongs to no era. Name it in exactly one era.",
    ),
    (
        '{ series = "sgu" }',
        '{ series = "sgu" }, { series = "sg1", seasons = [2] }',
        "series[0].seasons[1]: Season 2 of sg1 belongs to milky_way and destiny. Name it in exactly one era.",
    ),
    ('films = ["film94"]', "", "films[0]: The film film94 belongs to no era."),
    ('films = ["film94"]', 'films = ["film94", "ark"]', "eras[0].films: There is no film 'ark'. Use one of film94."),
    (
        'code = "sgu"',
        'code = "sgu"\nids = { tmdb = "5148a" }',
        "series[1].ids.tmdb: '5148a' is no number. Use the number in the address of its page.",
    ),
    (
        'rules = [{ series = "sgu" }]',
        'rules = [{ series = "sgu" }]\nfilms = ["film94"]',
        "films[0]: The film film94 belongs to milky_way and destiny.",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), WRONG, ids=[expected for _, _, expected in WRONG])
def test_a_mistake_is_named_with_its_place_and_its_mend(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert MINIMAL.count(old) == 1
    assert refused(tmp_path, MINIMAL.replace(old, new)).startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("number = 2", "number = -2", 'seasons = [{ number = 1, years = "1997-1998" }, { number = -2 }]'),
        ('title = "Milky Way"\n', "", "[[eras]]"),
        ('{ series = "sgu" }', '{ series = "sga" }', 'rules = [{ series = "sga" }]'),
        ('code = "sgu"', 'code = "sg1"', "[[series]]"),
        ('id = "destiny"', "id = 5", "id = 5"),
    ],
)
def test_a_mistake_is_named_with_the_line_it_stands_on(tmp_path: Path, old: str, new: str, line: str) -> None:
    text = MINIMAL.replace(old, new)
    file = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_franchise(file)
    number = int(str(caught.value).removeprefix(f"{file}:").partition(":")[0])
    assert text.splitlines()[number - 1] == line


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "sub/e.csv", ".", "..", "", "link.csv", "a\\u0000b"])
def test_a_catalogue_may_not_be_a_file_from_elsewhere(tmp_path: Path, name: str) -> None:
    home = tmp_path / "franchise"
    (home / "sub").mkdir(parents=True)
    (home / "sub" / "e.csv").touch()
    (tmp_path / "secret.csv").write_text("the first line of somebody's secret", "utf-8")
    (home / "link.csv").symlink_to(tmp_path / "secret.csv")
    for own in ("m.csv", "d.csv"):
        (home / own).touch()
    files = f'episodes = "{name}"\nmovies = "m.csv"\ndisputes = "d.csv"\n'
    message = refused(home, f"{MINIMAL}\n[catalogue]\n{files}checked_at = 2026-11-01T02:00:00Z\n")
    assert message.startswith("catalogue.episodes: ")
    assert "beside the franchise file" in message or "leads out of the folder" in message
    assert "somebody" not in message


@pytest.mark.parametrize("code", ["../tng", "a/b", "tng\\u0000", "TNG", "t n", "", "a" * 7, "tng\\n"])
def test_a_code_that_is_a_path_is_refused(tmp_path: Path, code: str) -> None:
    message = refused(tmp_path, MINIMAL.replace('code = "sg1"', f'code = "{code}"'))
    assert message.startswith("series[0].code: String should match pattern")


def test_an_id_holds_no_control_character(tmp_path: Path) -> None:
    message = refused(tmp_path, MINIMAL.replace('"tt0118480"', '"tt01\\r\\n18480"'))
    assert message.startswith("series[0].ids.imdb: String should match pattern")


WRONG_TABLES = [
    ('[merge]\norder = ["tmdb", "wikipedia"]', "merge.order[1]: String should match pattern '^(override|memory_alpha|"),
    ('[merge]\norder = ["tmdb", "tmdb"]', "merge.order[1]: 'tmdb' stands there more than once. Keep one of them."),
    ("[merge.fields]\ntitle = { rule = 'best' }", "merge.fields.title.rule: Input should be 'order', 'agree'"),
    ("[merge.fields]\ntitle = { order = ['imdb'] }", "merge.fields.title.order[0]: String should match pattern"),
    (
        "[merge.fields]\ntitle = { order = ['tmdb', 'tmdb'] }",
        "merge.fields.title.order[1]: 'tmdb' stands there more than once.",
    ),
    ("[quality]\nthreshold = 1.5", "quality.threshold: Input should be less than or equal to 1 (given: 1.5)."),
    ("[quality]\nthreshold = -0.1", "quality.threshold: Input should be greater than or equal to 0"),
    ("[quality]\nhalf_life_running_days = 0", "quality.half_life_running_days: Input should be greater than 0"),
    ("[quality]\nhalf_life_ended_days = -1", "quality.half_life_ended_days: Input should be greater than 0"),
    ("[quality]\nhalflife = 1", "quality.halflife: Extra inputs are not permitted. Remove it, or correct its name."),
    ("[sources.stapi]\npeople_budget = -1", "sources.stapi.people_budget: Input should be greater than or equal to 0"),
    ("[sources.tmdb]\npeople_budget = 1", "sources.tmdb: Extra inputs are not permitted."),
    ("[catalogue]\nepisodes = 'none.csv'", "catalogue.episodes: There is no such file beside the franchise file"),
]


@pytest.mark.parametrize(("table", "expected"), WRONG_TABLES, ids=[table for table, _ in WRONG_TABLES])
def test_a_mistake_in_a_policy_is_named(tmp_path: Path, table: str, expected: str) -> None:
    assert refused(tmp_path, f"{MINIMAL}\n{table}\n").startswith(expected)


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    text = MINIMAL + "[catalogue]\nepisodes = 'f'\nmovies = 'f'\ndisputes = 'f'\nchecked_at = 2026-11-01T00:00:00\n"
    (tmp_path / "f").touch()
    assert refused(tmp_path, text).startswith("catalogue.checked_at: Input should have timezone info")
