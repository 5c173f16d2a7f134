"""Connections: titles of pages become keys of episodes."""

from __future__ import annotations

import polars as pl

from etl.transform.connections import resolve_connections
from schemas.episodes import CONNECTION

LINKS = [
    ("memory_alpha", "The Knot (episode)", "loom:the-knot"),
    ("memory_alpha", "The Shuttle (episode)", "loom:the-shuttle"),
    ("memory_alpha", "Anomaly (LOOM)", "loom:anomaly"),
    ("memory_alpha", "Twin (episode)", "loom:twin"),
    ("memory_alpha", "Twin", "weft:twin"),
    ("tmdb", "The Thread (episode)", "loom:the-thread"),
]
TITLES = [("loom:the-knot", "The Knot"), ("loom:the-shuttle", "The Shuttle"), ("loom:twin", "Twin"), ("loom:twin", "x")]

SCHEMA = pl.Schema(
    {"source": pl.String(), "episode_key": pl.String(), "title": pl.String(), "connections": pl.List(CONNECTION)}
)

Connections = list[dict[str, str]] | None


def to(*pages: str) -> list[dict[str, str]]:
    return [{"episode_key": page, "connection_type": "reference", "description": ""} for page in pages]


def resolved(*rows: tuple[str, str, Connections]) -> list[Connections]:
    stories = pl.DataFrame(
        [(source, key, f"title of {key}", connections) for source, key, connections in rows],
        schema=SCHEMA,
        orient="row",
    )
    links = pl.DataFrame(LINKS, schema=["source", "source_id", "episode_key"], orient="row")
    titles = pl.DataFrame(TITLES, schema=["episode_key", "title"], orient="row")
    frame = resolve_connections(stories, links, titles)
    assert frame.schema == stories.schema
    assert frame.drop("connections").equals(stories.drop("connections"))
    return [row["connections"] for row in frame.to_dicts()]


def test_a_page_becomes_an_episode_with_a_description() -> None:
    assert resolved(("memory_alpha", "loom:the-knot", to("The Shuttle (episode)"))) == [
        [
            {
                "episode_key": "loom:the-shuttle",
                "connection_type": "reference",
                "description": "The page of this episode refers to The Shuttle",
            }
        ]
    ]


def keys(*pages: str, of: str = "loom:other") -> list[str] | None:
    (connections,) = resolved(("memory_alpha", of, to(*pages)))
    return None if connections is None else [connection["episode_key"] for connection in connections]


def test_capitals_suffix_and_underscores_do_not_matter() -> None:
    assert keys("the knot", "THE_SHUTTLE (Episode)", "Anomaly (loom) (episode)") == [
        "loom:the-knot",
        "loom:the-shuttle",
        "loom:anomaly",
    ]


def test_itself_twice_and_unknown_pages_go() -> None:
    pages = ("The Shuttle", "The Knot", "The Shuttle (episode)", "Nothing (episode)", "The Thread (episode)")
    assert keys(*pages, of="loom:the-knot") == ["loom:the-shuttle"]
    assert keys("The Knot", of="loom:the-knot") is None
    assert keys() is None


def test_the_whole_title_goes_before_the_bare_one_and_a_bare_one_of_two_is_nobodys() -> None:
    assert keys("Twin (episode)", "Twin") == ["loom:twin", "weft:twin"]


def test_an_episode_without_a_title_is_called_by_its_key() -> None:
    (connections,) = resolved(("memory_alpha", "loom:the-knot", to("Anomaly (LOOM)")))
    assert connections is not None
    assert connections[0]["description"].endswith("loom:anomaly")


def test_rows_of_others_stay_as_they_are_and_in_their_place() -> None:
    own = to("loom:the-knot")
    assert resolved(
        ("tmdb", "loom:the-knot", own), ("memory_alpha", "loom:the-knot", None), ("override", "loom:the-shuttle", None)
    ) == [own, None, None]


def test_nothing_comes_of_nothing() -> None:
    assert resolved() == []
