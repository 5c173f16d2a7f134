-- How complete and how good is each series?
-- series: Code of the series
-- name: Full name
-- seasons: Seasons with published episodes
-- episodes: Published episodes, a double-length story counted once
-- parts: The same, each part counted
-- first_air_date: Day of the first episode
-- last_air_date: Day of the newest episode
-- quality_overall: Mean quality of the episodes
-- quality_completeness: Mean completeness of the episodes
-- stale_episodes: Episodes with a value that is older than it should be
-- conflicts: Fields on which independent witnesses disagree
-- in_review: Rows of a source that wait for a person
with disputed as (
    select
        episode_key,
        count(*) as conflicts
    from conflicts
    group by episode_key
),

waiting as (
    select
        series,
        count(*) as in_review
    from review
    group by series
)

select
    series.series,
    series.name,
    count(distinct episodes.season) as seasons,
    count(episodes.episode_key) as episodes,
    coalesce(sum(episodes.parts), 0)::bigint as parts,
    min(episodes.air_date) as first_air_date,
    max(episodes.air_date) as last_air_date,
    round(avg(episodes.quality_overall), 4) as quality_overall,
    round(avg(episodes.quality_completeness), 4) as quality_completeness,
    count(*) filter (where episodes.is_stale) as stale_episodes,
    coalesce(sum(disputed.conflicts), 0)::bigint as conflicts,
    coalesce(any_value(waiting.in_review), 0) as in_review
from series
left join episodes on episodes.series = series.series
left join disputed on disputed.episode_key = episodes.episode_key
left join waiting on waiting.series = series.series
group by
    series.series,
    series.name,
    series.position
order by
    series.position,
    series.series
