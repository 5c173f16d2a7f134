-- Season and number of the episodes of one season come from one numbering scheme, never from two.
-- kind: contract
-- severity: error
-- owner: Apps that remember public ids, and whoever joins by number: two schemes in one column mean nothing.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with agreeing as (
    select
        episodes.series,
        episodes.season,
        numbering.scheme,
        count(*) as agreeing
    from episodes
    inner join numbering
        on
            numbering.episode_key = episodes.episode_key
            and numbering.season = episodes.season
            and numbering.first = episodes.episode
    group by all
),

seasons_of_episodes as (
    select
        series,
        season,
        count(*) as episodes
    from episodes
    group by all
),

best as (
    select
        series,
        season,
        max(agreeing) as agreeing
    from agreeing
    group by all
)

select
    seasons_of_episodes.series,
    seasons_of_episodes.season,
    format(
        'no scheme has the numbers of all {} episodes, the nearest has those of {}',
        seasons_of_episodes.episodes,
        coalesce(best.agreeing, 0)
    ) as reason
from seasons_of_episodes
left join best using (series, season)
where coalesce(best.agreeing, 0) < seasons_of_episodes.episodes
order by
    seasons_of_episodes.series,
    seasons_of_episodes.season
