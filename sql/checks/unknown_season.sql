-- Every episode stands in a season, and every season in a series.
-- kind: contract
-- severity: error
-- owner: Viewing guides put episodes below seasons: what has none is not shown.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
select
    episode_key as place,
    format('is in season {} of {}, which has no row in seasons', season, series) as reason
from episodes
anti join seasons using (series, season)
union all
select
    season_id as place,
    format('belongs to {}, which has no row in series', series) as reason
from seasons
anti join series using (series)
order by place
