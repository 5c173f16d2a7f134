"""The contract of what stands around the episodes: series, seasons, eras, and the many ways to number an episode."""

from __future__ import annotations

from schemas.columns import DAY, FLAG, INTEGER, NUMBER, TEXT, column, one_of, table

SCHEMES = ("aired", "parts", "tmdb", "memory_alpha", "imdb", "tvmaze")

SHIFT_KINDS = ("shift", "gap", "missing", "order", "production-order", "season")

SERIES = table(
    "series",
    "One row a series of the franchise.",
    {
        "series": column(TEXT, "Code of the series", is_nullable=False, is_unique=True, example="tng"),
        "position": column(
            INTEGER, "Place of the series in the franchise file, from 1", is_nullable=False, is_unique=True, example="3"
        ),
        "name": column(TEXT, "Full name", is_nullable=False, example="Star Trek: The Next Generation"),
        "kind": column(
            TEXT,
            "series or animated",
            is_nullable=False,
            checks=[one_of(("series", "animated"), "is no kind of series")],
            example="series",
        ),
        "is_ended": column(FLAG, "Whether no more episodes are expected", is_nullable=False, example="true"),
        "tmdb_id": column(INTEGER, "TMDB's id of the series", example="655"),
        "imdb_id": column(TEXT, "IMDb's id of the series", example="tt0092455"),
        "seasons": column(INTEGER, "Seasons with published episodes", is_nullable=False, example="7"),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False, example="176"),
        "first_air_date": column(DAY, "Day of the first episode", example="1987-09-28"),
        "last_air_date": column(DAY, "Day of the newest episode", example="1994-05-23"),
        "quality_overall": column(NUMBER, "Mean quality of the episodes", unit="share", example="0.87"),
    },
)

SEASONS = table(
    "seasons",
    "One row a season, in the chosen numbering scheme.",
    {
        "season_id": column(TEXT, "Public id", is_nullable=False, is_unique=True, example="tng_s1"),
        "series": column(TEXT, "Code of the series", is_nullable=False, example="tng"),
        "season": column(INTEGER, "Number of the season", is_nullable=False, example="1"),
        "title": column(
            TEXT, "What a viewing guide shows", is_nullable=False, example="Star Trek: The Next Generation Season 1"
        ),
        "kind": column(TEXT, "series or animated", is_nullable=False, example="series"),
        "era": column(TEXT, "Id of the in-universe era", is_nullable=False, example="tng_era"),
        "position": column(
            INTEGER,
            "Place among seasons and films of the era, from 1, in in-universe order",
            is_nullable=False,
            example="3",
        ),
        "years": column(TEXT, "In-universe years, null where not known", example="2364"),
        "stardate_from": column(NUMBER, "Lowest stardate of the season", example="41153.7"),
        "stardate_to": column(NUMBER, "Highest stardate of the season", example="41997.7"),
        "episodes": column(INTEGER, "Published episodes", is_nullable=False, example="25"),
        "first_air_date": column(DAY, "Day of the first episode", example="1987-09-28"),
        "notes": column(
            TEXT,
            "What a source says of the season; empty where nothing is known",
            is_nullable=False,
            example="The first season.",
        ),
    },
    key=("series", "season"),
)

ERAS = table(
    "eras",
    "One row an in-universe era, in in-universe order.",
    {
        "era": column(TEXT, "Id of the era", is_nullable=False, is_unique=True, example="tng_era"),
        "position": column(INTEGER, "Place of the era, from 1", is_nullable=False, is_unique=True, example="3"),
        "title": column(TEXT, "What a viewing guide shows", is_nullable=False, example="The Next Generation Era"),
        "years": column(TEXT, "In-universe years", is_nullable=False, example="2364–2379"),
        "stardates": column(
            TEXT, "How stardates look in this era", is_nullable=False, example="Five-digit stardates (41xxx-5xxxx)"
        ),
        "description": column(
            TEXT,
            "One sentence",
            is_nullable=False,
            example="A new Enterprise, a station beside a wormhole and a ship far from home.",
        ),
    },
)

NUMBERING = table(
    "numbering",
    "Numbers of an episode, one row a scheme: numbers of two schemes never share a column.",
    {
        "episode_key": column(TEXT, "The episode", is_nullable=False, example="tng:encounter-at-farpoint"),
        "scheme": column(
            TEXT,
            "aired counts a double-length story once, parts counts its parts; the others are a source's own",
            is_nullable=False,
            checks=[one_of(SCHEMES, "is no numbering scheme")],
            example="parts",
        ),
        "season": column(INTEGER, "Season in this scheme", is_nullable=False, example="1"),
        "first": column(INTEGER, "First number that the story takes", is_nullable=False, example="1"),
        "last": column(
            INTEGER,
            "Last number that the story takes; equal to the first for an ordinary episode",
            is_nullable=False,
            example="2",
        ),
    },
    key=("episode_key", "scheme"),
)

NUMBER_SHIFTS = table(
    "number_shifts",
    "Runs of episodes whose numbers in a scheme differ from those as aired, and why: explained once, not once an episode.",
    {
        "series": column(TEXT, "Code of the series", is_nullable=False, example="ds9"),
        "season": column(INTEGER, "Season as aired", is_nullable=False, example="1"),
        "scheme": column(
            TEXT,
            "The scheme whose numbers differ",
            is_nullable=False,
            checks=[one_of(SCHEMES, "is no numbering scheme")],
            example="tmdb",
        ),
        "from_number": column(
            INTEGER, "First episode of the run, by its number as aired", is_nullable=False, example="2"
        ),
        "to_number": column(
            INTEGER, "Last episode of the run, by its number as aired", is_nullable=False, example="19"
        ),
        "shift": column(
            INTEGER,
            "By how much the scheme's numbers are higher than those as aired in the whole run; null where they differ otherwise",
            example="1",
        ),
        "kind": column(
            TEXT,
            "shift: a story counts as several before the run; gap: numbers are left out before it; missing: the scheme lacks an episode before it; order: the run stands in another order, production-order if the production codes say so; season: it counts in another season",
            is_nullable=False,
            checks=[one_of(SHIFT_KINDS, "is no kind of shift")],
            example="shift",
        ),
        "cause_key": column(TEXT, "The episode that causes it, where one does", example="ds9:emissary"),
        "explanation": column(
            TEXT,
            "The same in a sentence",
            is_nullable=False,
            example="tmdb numbers ds9 season 1 one higher from episode 2 on, because “Emissary” counts as two there.",
        ),
    },
    key=("series", "season", "scheme", "from_number", "kind"),
)
