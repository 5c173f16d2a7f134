-- Seasons and series count as many episodes as there are.
-- kind: contract
-- severity: error
-- owner: Apps that show how much of a season has been seen: a wrong count is a bar that never fills.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with counted as (
    select
        seasons.season_id as place,
        seasons.episodes as stated,
        count(episodes.episode_key) as found
    from seasons
    left join episodes on episodes.series = seasons.series and episodes.season = seasons.season
    group by
        seasons.season_id,
        seasons.episodes
    union all
    select
        series.series as place,
        series.episodes as stated,
        count(episodes.episode_key) as found
    from series
    left join episodes on episodes.series = series.series
    group by
        series.series,
        series.episodes
)

select
    place,
    format('states {} episodes and has {}', stated, found) as reason
from counted
where stated <> found
order by place
