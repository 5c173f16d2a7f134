"""The contract of the episodes and films that a run publishes.

The weight of a column is its share in completeness (DESIGN.md, Quality; the sum is 11.0), here and nowhere else.
`is_prose` marks sentences of a source, which a licence may bind, unlike facts. `merges` says how two sources' values of a field compare: `equal` after normalising, `overlap` for lists of people
(one may be shorter), `never` for prose, which no two sources word alike. Columns without it are not merged.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.columns import DAY, FLAG, INTEGER, NUMBER, TEXT, TEXTS, between, column, matches, not_blank, one_of, table

KEY_PATTERN = r"[a-z0-9]{2,6}:[a-z0-9]+(-[a-z0-9]+)*"
EPISODE_ID_PATTERN = r"[a-z0-9]{2,6}_s\d+_e\d{2,}"
IMDB_PATTERN = r"tt\d{7,}"
URL_PATTERN = r"https?://\S+"
GRADES = ("excellent", "good", "acceptable", "poor", "insufficient")
SHARES = {
    "quality_completeness": 0.4,
    "quality_accuracy": 0.3,
    "quality_freshness": 0.2,
    "quality_reliability": 0.1,
}
"""What each part counts in quality_overall (DESIGN.md, Quality)."""

CONNECTION = pl.Struct({"episode_key": pl.String, "connection_type": pl.String, "description": pl.String})

CONNECTION_TYPES = ("character", "event", "storyline", "reference")

_SHARE = between(0.0, 1.0, "lies outside of 0 to 1")


def _merged_fields() -> dict[str, pa.Column]:
    return {
        "title": column(
            TEXT,
            "Title of the story, without part numbers where one row holds all parts",
            is_nullable=False,
            checks=[not_blank("is blank")],
            weight=1.0,
            merges="equal",
            example="Encounter at Farpoint",
        ),
        "air_date": column(
            DAY,
            "Day of the first broadcast or release; for syndicated series the first day of the release week",
            weight=1.0,
            merges="equal",
            example="1987-09-28",
        ),
        "stardate_from": column(NUMBER, "First stardate of the story", merges="equal", example="41153.7"),
        "stardate_to": column(
            NUMBER,
            "Last stardate of the story; equal to the first where only one is known",
            merges="equal",
            example="41153.7",
        ),
        "year_from": column(
            INTEGER, "First in-universe year of the story", unit="year CE", merges="equal", example="2364"
        ),
        "year_to": column(
            INTEGER, "Last in-universe year of the story", unit="year CE", merges="equal", example="2364"
        ),
        "synopsis": column(
            TEXT,
            "What happens, in the words of its source, without a stardate",
            weight=0.9,
            merges="never",
            is_prose=True,
        ),
        "production_codes": column(
            TEXTS, "Production codes, one a produced part", weight=0.7, merges="overlap", example="40271-721"
        ),
        "directors": column(TEXTS, "Who directed", weight=0.8, merges="overlap", example="Corey Allen"),
        "writers": column(
            TEXTS, "Who wrote the teleplay or the whole script", weight=0.8, merges="overlap", example="D. C. Fontana"
        ),
        "story_by": column(TEXTS, "Who wrote the story, where credited apart", merges="overlap"),
        "guest_stars": column(TEXTS, "Guest stars in the order of the credits", weight=0.7, merges="overlap"),
        "plot_points": column(TEXTS, "Plot points, one sentence each", weight=0.8, merges="never", is_prose=True),
        "connections": column(
            pl.List(CONNECTION),
            "Other episodes this one refers to; the type is character, event, storyline or reference",
            weight=0.6,
            merges="never",
        ),
        "runtime_min": column(
            INTEGER,
            "Running time of the whole story",
            unit="minutes",
            merges="never",
            checks=[between(1, 600, "is no running time")],
        ),
        "tmdb_id": column(
            INTEGER,
            "TMDB's id of the episode, of its first part where TMDB has several",
            weight=0.6,
            merges="equal",
            example="37064",
        ),
        "imdb_id": column(
            TEXT,
            "IMDb's id of the episode, of its first part where IMDb has several",
            checks=[matches(IMDB_PATTERN, "is no IMDb id")],
            weight=0.6,
            merges="equal",
            example="tt0094030",
        ),
        "memory_alpha_url": column(
            TEXT,
            "The page of the wiki Memory Alpha",
            checks=[matches(URL_PATTERN, "is no web address")],
            weight=0.5,
            merges="equal",
        ),
    }


def _scores() -> dict[str, pa.Column]:
    return {
        "quality_overall": column(
            NUMBER,
            "0.4 completeness + 0.3 accuracy + 0.2 freshness + 0.1 reliability",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
        ),
        "quality_completeness": column(
            NUMBER, "Weighted share of the fields that have a value", is_nullable=False, checks=[_SHARE], unit="share"
        ),
        "quality_accuracy": column(
            NUMBER,
            "Confidence in the sources, share of valid fields, and agreement of independent witnesses where there are two",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
        ),
        "quality_freshness": column(
            NUMBER,
            "0.5 to the power of age by half-life, at least 0.1",
            is_nullable=False,
            checks=[_SHARE],
            unit="share",
        ),
        "quality_reliability": column(
            NUMBER, "How reliable the sources of the values are", is_nullable=False, checks=[_SHARE], unit="share"
        ),
        "grade": column(
            TEXT,
            "excellent from 0.90, good from 0.75, acceptable from 0.60, poor from 0.40, insufficient below",
            is_nullable=False,
            checks=[one_of(GRADES, "is no grade")],
        ),
        "is_stale": column(
            FLAG,
            "Some value is older than it should be, because a source failed or the episode fell below the gate",
            is_nullable=False,
        ),
    }


MERGED_FIELDS = _merged_fields()

PROSE_FIELDS = tuple(name for name, field in MERGED_FIELDS.items() if (field.metadata or {}).get("is_prose"))

WEIGHTS: dict[str, float] = {
    **{
        name: field.metadata["weight"]
        for name, field in MERGED_FIELDS.items()
        if field.metadata and "weight" in field.metadata
    },
    "season": 1.0,
    "episode": 1.0,
}

EPISODES = table(
    "episodes",
    "One row a story as first aired: a double-length programme is one row with two parts.",
    {
        "episode_key": column(
            TEXT,
            "The key that never changes: series and title, never a number",
            is_nullable=False,
            is_unique=True,
            checks=[matches(KEY_PATTERN, "is no episode key")],
            example="tng:encounter-at-farpoint",
        ),
        "episode_id": column(
            TEXT,
            "Public id in the chosen numbering scheme",
            is_nullable=False,
            is_unique=True,
            checks=[matches(EPISODE_ID_PATTERN, "is no episode id")],
            example="tng_s1_e01",
        ),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "season": column(
            INTEGER,
            "Season in the chosen numbering scheme",
            is_nullable=False,
            checks=[between(0, 99, "is no season number")],
        ),
        "episode": column(
            INTEGER,
            "Number within the season in the chosen numbering scheme",
            is_nullable=False,
            checks=[between(0, 999, "is no episode number")],
        ),
        "parts": column(
            INTEGER,
            "How many ordinary episodes long the story is",
            is_nullable=False,
            checks=[between(1, 9, "is no number of parts")],
        ),
        **MERGED_FIELDS,
        "era": column(TEXT, "Id of the in-universe era", example="tng_era"),
        "sources": column(TEXTS, "The sources that gave a chosen value", is_nullable=False),
        **{f"has_{name}": column(FLAG, f"Whether {name} has a value", is_nullable=False) for name in WEIGHTS},
        **_scores(),
    },
)

MOVIE_FIELDS = (
    "title",
    "stardate_from",
    "stardate_to",
    "year_from",
    "year_to",
    "synopsis",
    "directors",
    "writers",
    "story_by",
    "guest_stars",
    "runtime_min",
    "tmdb_id",
    "imdb_id",
    "memory_alpha_url",
)

MOVIE_WEIGHTS: dict[str, float] = {
    "release_date": WEIGHTS["air_date"],
    **{name: WEIGHTS[name] for name in MOVIE_FIELDS if name in WEIGHTS},
}
"""A film is scored by the fields that a film can have."""

MOVIES = table(
    "movies",
    "One row a film.",
    {
        "movie_key": column(
            TEXT,
            "The key that never changes",
            is_nullable=False,
            is_unique=True,
            checks=[matches(KEY_PATTERN, "is no film key")],
            example="film:twok",
        ),
        "movie_id": column(
            TEXT,
            "Public id",
            is_nullable=False,
            is_unique=True,
            checks=[matches(r"[a-z0-9]{1,10}", "is no film id")],
            example="twok",
        ),
        "release_date": column(DAY, "Day of the release in the United States", is_nullable=False),
        **{name: MERGED_FIELDS[name] for name in MOVIE_FIELDS},
        "era": column(TEXT, "Id of the in-universe era", is_nullable=False),
        "position": column(
            INTEGER, "Place among seasons and films of the era, from 1, in in-universe order", is_nullable=False
        ),
        "years": column(TEXT, "In-universe years, null where not known", example="2285"),
        "sources": column(TEXTS, "The sources that gave a chosen value", is_nullable=False),
        **_scores(),
    },
)
