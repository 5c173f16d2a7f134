from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import polars as pl
import pytest
import requests
from polars.testing import assert_frame_equal

from benchmarks import synthetic
from benchmarks.__main__ import measure_all
from benchmarks.limits import measure_bucket
from benchmarks.merge_chain import Measured, measure_chain
from benchmarks.metadata_records import lines, records
from benchmarks.payloads import Playbook, playbook_of
from benchmarks.runs import bucket_bound_s, burst_of
from benchmarks.scoring import Cost, cost_of_scoring
from benchmarks.scoring import lines_of as lines_of_scoring
from benchmarks.server import RunningServer, served
from benchmarks.table import Row, amount, compared, ratio, render
from benchmarks.transforms import lines_of
from benchmarks.wiki import measure_wiki
from etl.extract import tmdb
from etl.extract.shapes import Scope
from etl.franchise import Franchise, load_franchise
from etl.http.credentials import tmdb_credentials
from etl.http.opening import open_client
from etl.policies import COMPARISONS
from etl.sources import TMDB
from etl.transform import merge

KEY = "a-key-for-the-loopback"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def franchise() -> Franchise:
    return load_franchise("star_trek")


@pytest.fixture(scope="module")
def playbook(franchise: Franchise) -> Playbook:
    return playbook_of(franchise)


@pytest.fixture
def server(playbook: Playbook) -> Iterator[RunningServer]:
    with served(playbook) as running:
        yield running


def ask(server: RunningServer, path: str, **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{server.base_url}{path}", headers=headers, timeout=5)


def test_the_extractor_takes_every_row_that_the_server_plays(franchise, playbook, server, tmp_path):
    with open_client(
        TMDB,
        base_url=server.base_url,
        credentials=tmdb_credentials(KEY),
        cache_path=tmp_path / "cache.sqlite",
        state_path=tmp_path / "state.sqlite",
        contact="tests",
        concurrency=5,
        max_retries=0,
        is_offline=False,
        is_refresh=False,
    ) as client:
        extracted = tmdb.extract(franchise, client, Scope(franchise.series, franchise.films))
    assert extracted.errors == ()
    assert extracted.drift == ()
    assert extracted.rejects.is_empty()
    assert extracted.rows == playbook.rows
    assert len(server.log) == playbook.least_requests == extracted.answers


def test_facts_of_an_episode_are_those_of_the_catalogue(server):
    answer = ask(server, "/tv/655?append_to_response=season/1,external_ids", **HEADERS).json()
    first, second = answer["season/1"]["episodes"][:2]
    assert (first["name"], first["season_number"], first["episode_number"]) == ("Encounter at Farpoint", 1, 1)
    assert first["overview"].startswith("Stardate: 41153.7. ")
    assert [person["name"] for person in first["crew"] if person["job"] == "Director"] == ["Corey Allen"]
    assert second["name"] == "The Naked Now"
    assert answer["external_ids"]["imdb_id"] == "tt0092455"
    assert "season/2" not in answer


def test_the_server_keeps_to_tmdbs_rules(server):
    too_many = ",".join(f"season/{number}" for number in range(21))
    assert ask(server, "/tv/655").status_code == 401
    assert ask(server, f"/tv/655?append_to_response={too_many}", **HEADERS).status_code == 400
    assert ask(server, "/tv/1", **HEADERS).status_code == 404
    assert ask(server, "/person/655", **HEADERS).status_code == 404
    assert ask(server, "/tv/x", **HEADERS).status_code == 404
    film = ask(server, "/movie/154", **HEADERS)
    assert film.headers["Cache-Control"] == "public, max-age=21600"
    again = ask(server, "/movie/154", **HEADERS, **{"If-None-Match": film.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_log_has_times_in_order(server):
    for _ in range(3):
        ask(server, "/movie/154", **HEADERS)
    assert [(one.path, one.status) for one in server.log] == [("/3/movie/154", 200)] * 3
    assert all(one.arrived_at <= one.answered_at for one in server.log)
    assert all(one.answered_at <= other.arrived_at for one, other in pairwise(server.log))


def test_the_server_answers_as_late_as_it_is_told(playbook):
    with served(playbook, latency_s=0.05) as server:
        ask(server, "/movie/154", **HEADERS)
    assert server.log[0].answered_at - server.log[0].arrived_at >= 0.05


def test_a_franchise_without_a_catalogue_cannot_be_played(franchise):
    with pytest.raises(ValueError, match="no catalogue"):
        playbook_of(franchise.model_copy(update={"catalogue": None}))


def test_the_same_seed_gives_the_same_rows():
    assert_frame_equal(synthetic.source_rows(400), synthetic.source_rows(400))
    assert not synthetic.source_rows(400).equals(synthetic.source_rows(400, seed=1))


def test_a_smaller_set_is_the_beginning_of_a_larger_one():
    assert_frame_equal(synthetic.source_rows(800).head(400), synthetic.source_rows(400))
    assert_frame_equal(synthetic.source_rows(800).tail(400), synthetic.source_rows(400, first=400))


def test_made_up_rows_have_one_row_a_source_and_episode():
    rows = synthetic.source_rows(4000)
    assert rows.height == 4000
    assert not rows.select("episode_key", "source").is_duplicated().any()
    assert synthetic.registry_of(rows).height == 1000
    assert not synthetic.registry_of(rows).select("series", "season", "episode").is_duplicated().any()
    told = merge.candidates(rows, COMPARISONS)
    assert set(told["field"]) == set(COMPARISONS) - {"connections"}


def test_the_chain_scores_every_episode():
    measured = measure_chain(400, 400)
    assert (measured.rows, measured.episodes) == (400, 100)
    assert measured.conflicts > 0
    assert list(measured.steps_s) == ["candidates", "choose", "conflicts", "agreement", "assemble", "score"]
    assert measured.total_s == sum(measured.steps_s.values())
    # The two are read by different counters of the kernel, so that a small run may seem to have shrunk.
    assert measured.peak_bytes > 0
    assert measured.before_bytes > 0


def test_parts_give_what_the_whole_gives():
    whole, parts = measure_chain(2400, 2400), measure_chain(2400, 800)
    assert (parts.values, parts.conflicts, parts.episodes) == (whole.values, whole.conflicts, whole.episodes)
    assert next(lines_of(parts, whole)).what == "transforms, 2,400 rows in parts of 800: time"


def test_sizes_are_put_beside_each_other():
    small = Measured(100, 100, 1000, 1, 25, {"choose": 1.0, "score": 3.0}, 10**6, 2 * 10**6, 5 * 10**6)
    large = Measured(1000, 1000, 10_000, 10, 250, {"choose": 30.0, "score": 10.0}, 10**7, 2 * 10**7, 6 * 10**7)
    assert [row.ratio for row in lines_of(small, None)] == ["–", "5.00", "0.750"]
    assert list(lines_of(large, small)) == [
        Row("transforms, 1,000 rows: time", "40 s, 25 rows/s", "4 s for 100 rows (linear: 10)", "10.0"),
        Row("transforms, 1,000 rows: peak memory", "60 MB", "10 MB of source rows", "6.00"),
        Row("transforms, 1,000 rows: slowest step", "30 s, choose", "40 s of all steps", "0.750"),
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (26, "", "26"),
        (1_234_567, "rows", "1,234,567 rows"),
        (0.0, "s", "0 s"),
        (0.2514, "s", "0.251 s"),
        (2.514, "s", "2.51 s"),
        (25.14, "s", "25.1 s"),
        (251.4, "s", "251 s"),
        (0.00012, "s", "0.0001 s"),
    ],
)
def test_amounts_have_three_digits_that_count(value, unit, text):
    assert amount(value, unit) == text


def test_a_bound_of_zero_has_no_ratio():
    assert ratio(1.0, 0.0) == "–"
    assert ratio(0.0, 1.0) == "0"


def test_the_table_is_aligned():
    rows = [compared("short", 1.5, 3.0, "s", "bound"), Row("a longer name", "7", "9 files", "differ")]
    assert render(rows).splitlines() == [
        "what           measured  against       ratio",
        "--------------------------------------------",
        "short          1.50 s    3 s (bound)   0.500",
        "a longer name  7         9 files      differ",
    ]


def test_bounds_of_the_bucket():
    assert (burst_of(TMDB.rate), burst_of(2 * TMDB.rate), burst_of(TMDB.rate / 2)) == (40, 40, 20)
    assert burst_of(0.001) == 1
    assert bucket_bound_s(40, TMDB.rate) == 0.0
    assert bucket_bound_s(44, TMDB.rate) == 1.0


def test_reading_a_page_is_held_against_its_bound_and_against_the_whole_tree() -> None:
    rows = list(measure_wiki(pages=1))
    assert [row.what for row in rows] == ["wiki page: 60 kB read"] * 2
    assert [row.against.partition(" (")[2] for row in rows] == ["bound)", "all of it made a tree)"]


def test_the_bucket_can_be_measured():
    assert [row.what for row in measure_bucket()] == [
        "token bucket: acquisitions a second, uncontended",
        "token bucket: one acquire",
    ]


def test_a_part_that_fails_does_not_cost_the_others(capsys):
    def broken() -> Iterator[Row]:
        yield Row("before", "1", "1", "1")
        raise RuntimeError("no luck")

    rows, failures = measure_all({"broken": broken, "whole": lambda: iter([Row("after", "1", "1", "1")])})
    assert [row.what for row in rows] == ["before", "after"]
    assert failures == ["broken: RuntimeError: no luck"]
    assert "measuring whole" in capsys.readouterr().err


def test_payloads_are_plain_json(playbook):
    assert json.loads(playbook.films[154])["imdb_id"] == "tt0084726"
    assert pl.DataFrame(json.loads(playbook.shows[655].seasons[1])["episodes"]).height == 25


def test_records_are_the_same_for_a_seed_however_many_are_made():
    assert_frame_equal(records(300), records(400).head(300))
    assert_frame_equal(records(400).tail(100), records(100, first=300))
    assert not records(100).equals(records(100, seed=1))


def test_records_have_gaps_and_lines_leave_out_what_they_do_not_have():
    told = [json.loads(line) for line in lines(records(400))]
    frame = records(400)
    assert [sorted(one) for one in told] == [
        sorted(n for n, v in row.items() if v is not None) for row in frame.to_dicts()
    ]
    assert {tuple(one["fieldValidation"]) for one in told if "fieldValidation" in one} > {
        (),
        ("title",),
        ("airDate", "synopsis"),
    }
    assert all(value is not None for one in told for value in one.values())


@pytest.mark.parametrize("ending", ["ndjson", "parquet"])
def test_all_made_up_records_can_be_scored(tmp_path, ending):
    cost = cost_of_scoring(tmp_path, 500, ending)
    assert cost.wall_s > 0
    assert cost.cpu_s > 0
    assert cost.peak_bytes > 10**7


def test_what_was_not_scored_is_no_measurement(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.scoring._call", lambda _: (Cost(1.0, 1.0, 1), "499 records scored"))
    with pytest.raises(RuntimeError, match="500 records were to be scored: 499"):
        cost_of_scoring(tmp_path, 500, "ndjson")


def test_costs_stand_beside_their_aims():
    assert list(lines_of_scoring(1_000_000, "parquet", Cost(3.0, 4.5, 2**29))) == [
        Row("score, 1,000,000 records, parquet to parquet: time", "3 s", "1.50 s (aim on two idle cores)", "2.00"),
        Row(
            "score, 1,000,000 records, parquet to parquet: all cores",
            "4.50 s, 333,333 records/s",
            "3 s on the wall",
            "1.50",
        ),
        Row("score, 1,000,000 records, parquet to parquet: peak memory", "537 MB", "1,074 MB (aim)", "0.500"),
    ]
