-- One row an episode, in the words of a programme guide.
-- series_name: Full name of the series
-- season: Season in the chosen numbering scheme
-- episode: Number within the season in the chosen numbering scheme
-- number: Season and episode as people write them
-- title: Title of the story
-- parts: How many ordinary episodes long the story is
-- air_date: Day of the first broadcast or release
-- stardate: First and last stardate, once where they are equal
-- years: First and last in-universe year, once where they are equal
-- directors: Who directed
-- writers: Who wrote the teleplay or the whole script
-- runtime_min: Running time of the whole story in minutes
-- quality_overall: Quality of the episode
-- grade: Its grade
-- episode_id: Public id
-- episode_key: The key that never changes
select
    series.name as series_name,
    episodes.season,
    episodes.episode,
    format('{}x{:02d}', episodes.season, episodes.episode) as number,
    episodes.title,
    episodes.parts,
    episodes.air_date,
    case
        when episodes.stardate_from = episodes.stardate_to or episodes.stardate_to is null
            then regexp_replace(episodes.stardate_from::varchar, '\.0$', '')
        else
            concat_ws(
                '–',
                regexp_replace(episodes.stardate_from::varchar, '\.0$', ''),
                regexp_replace(episodes.stardate_to::varchar, '\.0$', '')
            )
    end as stardate,
    case
        when episodes.year_from = episodes.year_to or episodes.year_to is null then episodes.year_from::varchar
        else concat_ws('–', episodes.year_from, episodes.year_to)
    end as years,
    array_to_string(episodes.directors, ', ') as directors,
    array_to_string(episodes.writers, ', ') as writers,
    episodes.runtime_min,
    episodes.quality_overall,
    episodes.grade,
    episodes.episode_id,
    episodes.episode_key
from episodes
left join series on series.series = episodes.series
order by
    series.position,
    episodes.series,
    episodes.season,
    episodes.episode
