"""Hard worlds: a known truth seen by sources that number, split, misspell, misdate and leave out as they like."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl
from transform_factory import Row, known, registry, row, rows

_VOCABULARY = """
amber anvil arrow ashes beacon bishop bitter broken candle canyon cipher circle copper crimson crown dagger dawn
desert diver dragon echo ember empire engine exile falcon fever fire forest frozen garden ghost glass golden
hammer harbor harvest hollow hunter iron island ivory jester judge jungle kingdom ladder lantern legacy letter
lion machine maiden marble mirror mountain nebula night oath ocean oracle orphan palace paper phantom pilgrim
pirate planet poison prophet quiet raven refuge requiem river ruins sailor scarlet secret shadow signal silent
silver sister soldier sparrow spiral stone storm stranger summer tempest throne thunder timber tower traitor
valley velvet veil vessel voyage warden whisper widow winter witness wolf
"""
_WORDS = _VOCABULARY.split()


@dataclass(frozen=True)
class Story:
    """One episode as it truly is. `production` is its place in the order of production."""

    key: str
    season: int
    place: int
    parts: int
    title: str
    air_date: date
    code: str
    production: int


@dataclass(frozen=True)
class Habits:
    """How a source tells: the shares are chances for each row."""

    source: str
    splits: bool = False
    skips_number: bool = False
    says_parts: bool = False
    says_codes: bool = False
    by_production: bool = False
    part_style: Callable[[str, int], str] = field(default=lambda title, part: f"{title} ({part})")
    bare_first_part: bool = False
    capital: bool = False
    misspelt: float = 0.05
    untitled: float = 0.05
    misdated: float = 0.05
    missing: float = 0.01
    swapped: float = 0.03
    specials: int = 2


@dataclass(frozen=True)
class World:
    """What the sources say, which row truly is which story (and part), and a registry that knows the truth."""

    rows: pl.DataFrame
    truth: dict[tuple[str, str], str]
    parts: dict[tuple[str, str], int]
    registry: pl.DataFrame


Told = tuple[Row, str | None, int | None]
"""A row, the story that it truly is (null for a special), and which part of it (null for the whole)."""


def make_world(chance: random.Random, series: str = "wld", sources: Sequence[Habits] = ()) -> World:
    """Make a series of 3 to 7 seasons, and what `sources` tell of it (by default two or three, by chance)."""
    stories = _stories(chance, series)
    told: list[Told] = []
    for habits in sources or _sources(chance):
        told += _tell(stories, habits, chance)
    return World(
        rows(*(one for one, _, _ in told)),
        {(one["source"], one["source_id"]): key for one, key, _ in told if key is not None},
        {(one["source"], one["source_id"]): part for one, _, part in told if part is not None},
        _registry(stories),
    )


def together(worlds: Iterable[World]) -> World:
    """Many series as one franchise, because what is correct in a series is correct in all together."""
    made = list(worlds)
    return World(
        pl.concat([world.rows for world in made]),
        {row: key for world in made for row, key in world.truth.items()},
        {row: part for world in made for row, part in world.parts.items()},
        pl.concat([world.registry for world in made]),
    )


def _stories(chance: random.Random, series: str) -> list[Story]:
    titles = _titles(chance)
    stories: list[Story] = []
    start = date(1990, 9, 3) + timedelta(days=chance.randrange(7000))
    for season in range(1, chance.randint(3, 7) + 1):
        made = _season(f"{series}:s{season}", season, start, titles, chance)
        if stories and made[-1].parts == 1 and chance.random() < 0.3:
            # The same title as in another season: told apart by date and season only.
            made[-1] = replace(made[-1], title=chance.choice([one for one in stories if one.parts == 1]).title)
        stories += made
        start += timedelta(days=364)
    return stories


def _season(key: str, season: int, start: date, titles: list[str], chance: random.Random) -> list[Story]:
    length = chance.randint(10, 26)
    step = chance.choice((7, 7, 7, 7, 7, 0, 3))
    order = list(range(length))
    for place in range(0, length - 3, 3):
        order[place : place + 3] = chance.sample(order[place : place + 3], 3)
    made: list[Story] = []
    two_parter = chance.randrange(2, length - 2) if chance.random() < 0.5 else None
    for place in range(length):
        title = titles.pop()
        if two_parter == place:
            title = f"{title}, Part I"
        elif two_parter is not None and place == two_parter + 1:
            title = made[-1].title.replace("Part I", "Part II")
        is_double = place in {0, length - 1} and chance.random() < 0.4
        code = f"{season}{order[place] + 1:02d}"
        day = start + timedelta(days=step * place)
        made.append(Story(f"{key}p{place}", season, place, 1 + is_double, title, day, code, order[place]))
    return made


def _titles(chance: random.Random) -> list[str]:
    found: set[str] = set()
    while len(found) < 190:
        words = " ".join(chance.sample(_WORDS, chance.choice((1, 2, 2, 2, 3)))).title()
        found.add(chance.choice(("The {}", "{}", "{}", "A {}")).format(words))
    return chance.sample(sorted(found), len(found))


def _sources(chance: random.Random) -> list[Habits]:
    whole = Habits("stapi", skips_number=True, says_parts=True, says_codes=True, by_production=chance.random() < 0.2)
    mixed = Habits(
        "tmdb",
        splits=chance.random() < 0.3,
        skips_number=chance.random() < 0.2,
        says_codes=chance.random() < 0.3,
        bare_first_part=chance.random() < 0.3,
    )
    split = Habits("tvmaze", splits=True, part_style=lambda title, part: f"{title}, Part {part}", capital=True)
    return chance.choice(([whole, mixed], [whole, split], [mixed, split], [whole, mixed, split]))


def _tell(stories: list[Story], habits: Habits, chance: random.Random) -> list[Told]:
    told: list[Told] = []
    for season in sorted({story.season for story in stories}):
        own = [story for story in stories if story.season == season and chance.random() >= habits.missing]
        own.sort(key=lambda story: story.production if habits.by_production else story.place)
        for place in range(len(own) - 1):
            if chance.random() < habits.swapped:
                own[place], own[place + 1] = own[place + 1], own[place]
        number = 1
        for story in own:
            rows_of_story = story.parts if habits.splits else 1
            for part in range(1, rows_of_story + 1):
                source_id = f"{story.key}-{chance.randrange(10**9)}"
                told.append(
                    (
                        _row(story, part, habits, source_id, number, chance),
                        story.key,
                        part if rows_of_story > 1 else None,
                    )
                )
                number += 1
            number += story.parts - 1 if habits.skips_number and not habits.splits else 0
    series = stories[0].key.partition(":")[0]
    for place in range(habits.specials):
        day = stories[0].air_date + timedelta(days=chance.randrange(900))
        special = {"source": habits.source, "series": series, "season": 0, "number": place + 1, "air_date": day}
        told.append((row(f"{series}-special-{place}", f"Behind the {_WORDS[place].title()}", **special), None, None))
    return told


def _row(story: Story, part: int, habits: Habits, source_id: str, number: int, chance: random.Random) -> Row:
    return row(
        source_id,
        _title(story, part, habits, chance),
        source=habits.source,
        series=story.key.partition(":")[0],
        season=story.season,
        number=number,
        row_parts=story.parts if habits.says_parts and not habits.splits else None,
        air_date=_date(story, habits, chance),
        production_codes=[story.code] if habits.says_codes else None,
    )


def _title(story: Story, part: int, habits: Habits, chance: random.Random) -> str | None:
    if chance.random() < habits.untitled:
        return None
    title = story.title
    bare, _, numeral = title.partition(", Part ")
    if numeral:
        title = bare if habits.bare_first_part and numeral == "I" else habits.part_style(bare, len(numeral))
    elif habits.splits and story.parts > 1:
        title = habits.part_style(title, part)
    if chance.random() < habits.misspelt:
        for _ in range(chance.choice((1, 1, 2))):
            title = _misspell(title, chance)
    return title.upper() if habits.capital else title


def _misspell(title: str, chance: random.Random) -> str:
    """Change, drop, double or exchange one letter of the name, not of its part."""
    letters = [
        place for place, letter in enumerate(title.partition(" (")[0].partition(", Part")[0]) if letter.isalpha()
    ]
    place = chance.choice(letters)
    before, letter, after = title[:place], title[place], title[place + 1 :]
    return chance.choice(
        (f"{before}{chance.choice('aeiorst')}{after}", before + after, f"{before}{letter}{letter}{after}")
    )


def _date(story: Story, habits: Habits, chance: random.Random) -> date | None:
    if chance.random() < habits.misdated:
        wrong = chance.choice((1, 2, 7, -7, 14, 365, -365, None))
        return None if wrong is None else story.air_date + timedelta(days=wrong)
    return story.air_date


def _registry(stories: list[Story]) -> pl.DataFrame:
    return registry(
        *(
            known(
                story.key,
                story.title,
                season=story.season,
                episode=story.place + 1,
                parts=story.parts,
                air_date=story.air_date,
                production_codes=[story.code],
            )
            for story in stories
        )
    )
