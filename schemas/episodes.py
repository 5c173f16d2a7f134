"""The contract of the episodes and films that a run publishes.

The weight of a column is its share in completeness (DESIGN.md, Quality; the sum is 11.0), here and nowhere else.
`is_prose` marks sentences of a source, which a licence may bind, unlike facts. `merges` says how two sources' values of a field compare: `equal` after normalising, `overlap` for lists of people
(one may be shorter), `never` for prose, which no two sources word alike. Columns without it are not merged.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.columns import DAY, FLAG, INTEGER, NUMBER, TEXT, TEXTS, between, column, matches, not_blank, table
from schemas.scores import scores

KEY_PATTERN = r"[a-z0-9]{2,6}:[a-z0-9]+(-[a-z0-9]+)*"
EPISODE_ID_PATTERN = r"[a-z0-9]{2,6}_s\d+_e\d{2,}"
IMDB_PATTERN = r"tt\d{7,}"
URL_PATTERN = r"https?://\S+"

CONNECTION = pl.Struct({"episode_key": pl.String, "connection_type": pl.String, "description": pl.String})

CONNECTION_TYPES = ("character", "event", "storyline", "reference")


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
            example="The crew must answer for all of humanity.",
        ),
        "production_codes": column(
            TEXTS, "Production codes, one a produced part", weight=0.7, merges="overlap", example="40271-721"
        ),
        "directors": column(TEXTS, "Who directed", weight=0.8, merges="overlap", example="Corey Allen"),
        "writers": column(
            TEXTS, "Who wrote the teleplay or the whole script", weight=0.8, merges="overlap", example="D. C. Fontana"
        ),
        "story_by": column(
            TEXTS, "Who wrote the story, where credited apart", merges="overlap", example="Gene Roddenberry"
        ),
        "guest_stars": column(
            TEXTS, "Guest stars in the order of the credits", weight=0.7, merges="overlap", example="John de Lancie"
        ),
        "plot_points": column(
            TEXTS,
            "Plot points, one sentence each",
            weight=0.8,
            merges="never",
            is_prose=True,
            example="Q puts humanity on trial.",
        ),
        "connections": column(
            pl.List(CONNECTION),
            "Other episodes this one refers to; the type is character, event, storyline or reference",
            weight=0.6,
            merges="never",
            example='[{"episode_key": "tng:all-good-things", "connection_type": "storyline", "description": "The trial ends."}]',
        ),
        "runtime_min": column(
            INTEGER,
            "Running time of the whole story",
            unit="minutes",
            merges="never",
            checks=[between(1, 600, "is no running time")],
            example="92",
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
            example="https://memory-alpha.fandom.com/wiki/Encounter_at_Farpoint_(episode)",
        ),
    }


MERGED_FIELDS = _merged_fields()

PROSE_FIELDS = tuple(name for name, field in MERGED_FIELDS.items() if (field.metadata or {}).get("is_prose"))

_NUMBERS = {
    "season": column(
        INTEGER,
        "Season in the chosen numbering scheme",
        is_nullable=False,
        checks=[between(0, 99, "is no season number")],
        weight=1.0,
        example="1",
    ),
    "episode": column(
        INTEGER,
        "Number within the season in the chosen numbering scheme",
        is_nullable=False,
        checks=[between(0, 999, "is no episode number")],
        weight=1.0,
        example="1",
    ),
}

WEIGHTS: dict[str, float] = {
    name: field.metadata["weight"]
    for name, field in {**MERGED_FIELDS, **_NUMBERS}.items()
    if field.metadata and "weight" in field.metadata
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
        **_NUMBERS,
        "parts": column(
            INTEGER,
            "How many ordinary episodes long the story is",
            is_nullable=False,
            checks=[between(1, 9, "is no number of parts")],
            example="2",
        ),
        **MERGED_FIELDS,
        "era": column(TEXT, "Id of the in-universe era", example="tng_era"),
        "sources": column(TEXTS, "The sources that gave a chosen value", is_nullable=False, example="memory_alpha"),
        **{
            f"has_{name}": column(FLAG, f"Whether {name} has a value", is_nullable=False, example="true")
            for name in WEIGHTS
        },
        **scores(),
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
        "release_date": column(DAY, "Day of the release in the United States", is_nullable=False, example="1982-06-04"),
        **{name: MERGED_FIELDS[name] for name in MOVIE_FIELDS},
        "era": column(TEXT, "Id of the in-universe era", is_nullable=False, example="tos_era"),
        "position": column(
            INTEGER,
            "Place among seasons and films of the era, from 1, in in-universe order",
            is_nullable=False,
            example="3",
        ),
        "years": column(TEXT, "In-universe years, null where not known", example="2285"),
        "sources": column(TEXTS, "The sources that gave a chosen value", is_nullable=False, example="memory_alpha"),
        **scores(),
    },
)
