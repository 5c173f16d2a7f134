-- The aired numbers of a season have no gap, but for those of episodes that the quality gate or a person refused.
-- kind: data
-- severity: warn
-- owner: Readers who tick off a season: a gap looks like an episode that they missed.
-- mend: See in numbering which source counts otherwise; add the missing episode as an [[add]] correction, or link its row.
with numbered as (
    select
        split_part(episode_key, ':', 1) as series,
        season,
        first,
        last,
        coalesce(
            max(last) over (
                partition by
                    split_part(episode_key, ':', 1),
                    season
                order by first
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as reached
    from numbering
    where scheme = 'aired'
),

gaps as (
    select
        *,
        first - reached - 1 as missing
    from numbered
    where first > reached + 1
),

refused as (
    select
        split_part(source_id, ':', 1) as series,
        count(*) as episodes
    from rejects
    where stage in ('quality', 'override')
    group by split_part(source_id, ':', 1)
)

select
    gaps.series,
    gaps.season,
    case
        when gaps.missing = 1 then format('number {} is missing', gaps.reached + 1)
        else format('numbers {} to {} are missing', gaps.reached + 1, gaps.first - 1)
    end as reason
from gaps
left join refused on refused.series = gaps.series
-- Which number a refused episode would have had is not known: as many gaps as refused episodes are forgiven.
qualify sum(gaps.missing) over (partition by gaps.series) > coalesce(refused.episodes, 0)
order by
    gaps.series,
    gaps.season,
    gaps.first
