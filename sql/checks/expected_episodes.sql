-- A season has as many episodes as it is known to have: fewer is an error, more are worth a look once the series has ended.
-- kind: data
-- severity: info, warn, error
-- owner: Everybody who takes the list of episodes for complete.
-- mend: Find the episode in review and rejects; link its row or add it; if the known number is wrong, correct expected_episodes.csv.
with counted as (
    select
        split_part(episode_key, ':', 1) as series,
        season,
        count(*) as found
    from numbering
    where scheme = 'aired'
    group by all
),

-- What the quality gate or a person keeps out, and what went with a tombstone, is not missing.
kept_out as (
    select split_part(source_id, ':', 1) as series
    from rejects
    where stage in ('quality', 'override')
    union all
    select split_part(episode_key, ':', 1) as series
    from tombstones
),

forgiven as (
    select
        series,
        count(*) as episodes
    from kept_out
    group by series
),

compared as (
    select
        expected_episodes.series,
        expected_episodes.season,
        expected_episodes.episodes as expected,
        coalesce(counted.found, 0) as found,
        series.is_ended,
        coalesce(forgiven.episodes, 0) as forgiven
    from expected_episodes
    inner join series on series.series = expected_episodes.series and series.episodes > 0
    left join counted on counted.series = expected_episodes.series and counted.season = expected_episodes.season
    left join forgiven on forgiven.series = expected_episodes.series
)

select
    series,
    season,
    case
        when found = 0 then 'info'
        when found < expected then 'error'
        else 'warn'
    end as severity,
    case
        when found = 0 then format('is not in this release, {} episodes were aired', expected)
        else format('has {} episodes, {} were aired', found, expected)
    end as reason
from compared
-- More may come while a series runs.
where (found < expected - forgiven) or (found > expected and is_ended)
order by
    series,
    season
