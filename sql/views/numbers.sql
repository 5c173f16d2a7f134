-- One row an episode, its number in every scheme side by side; 1x01/02 is a story that takes two numbers.
-- episode_key: The key that never changes
-- title: Title of the story
-- aired: Number that counts a double-length story once
-- parts: Number that counts the parts of a double-length story
-- tmdb: Number that TMDB gives
-- memory_alpha: Number that Memory Alpha gives
-- imdb: Number that IMDb gives
-- tvmaze: Number that TVmaze gives
with written as (
    select
        episode_key,
        scheme,
        format('{}x{:02d}', season, first) || case when last > first then format('/{:02d}', last) else '' end as number
    from numbering
)

select
    episodes.episode_key,
    episodes.title,
    any_value(written.number) filter (where written.scheme = 'aired') as aired,
    any_value(written.number) filter (where written.scheme = 'parts') as parts,
    any_value(written.number) filter (where written.scheme = 'tmdb') as tmdb,
    any_value(written.number) filter (where written.scheme = 'memory_alpha') as memory_alpha,
    any_value(written.number) filter (where written.scheme = 'imdb') as imdb,
    any_value(written.number) filter (where written.scheme = 'tvmaze') as tvmaze
from episodes
left join written on written.episode_key = episodes.episode_key
group by
    episodes.episode_key,
    episodes.title,
    episodes.series,
    episodes.season,
    episodes.episode
order by
    episodes.series,
    episodes.season,
    episodes.episode
