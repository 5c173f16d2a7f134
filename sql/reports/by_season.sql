-- How complete and how good is each season?
-- series: Code of the series
-- season: Number of the season
-- episodes: Published episodes, a double-length story counted once
-- parts: The same, each part counted
-- first_air_date: Day of the first episode
-- last_air_date: Day of the newest episode
-- quality_overall: Mean quality of the episodes
-- quality_completeness: Mean completeness of the episodes
-- weakest_episode: Public id of the episode with the lowest quality
select
    seasons.series,
    seasons.season,
    count(episodes.episode_key) as episodes,
    coalesce(sum(episodes.parts), 0)::bigint as parts,
    min(episodes.air_date) as first_air_date,
    max(episodes.air_date) as last_air_date,
    round(avg(episodes.quality_overall), 4) as quality_overall,
    round(avg(episodes.quality_completeness), 4) as quality_completeness,
    arg_min(episodes.episode_id, (episodes.quality_overall, episodes.episode_id))
        filter (where episodes.episode_id is not null) as weakest_episode
from seasons
left join episodes on episodes.series = seasons.series and episodes.season = seasons.season
left join series on series.series = seasons.series
group by
    seasons.series,
    seasons.season,
    series.position
order by
    series.position,
    seasons.series,
    seasons.season
