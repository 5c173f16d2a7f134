-- Public ids are made from series, season and number.
-- kind: contract
-- severity: error
-- owner: Apps that remember public ids take them apart.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with ids as (
    select
        episode_id as id,
        format('{}_s{}_e{:02d}', series, season, episode) as expected
    from episodes
    union all
    select
        season_id as id,
        format('{}_s{}', series, season) as expected
    from seasons
)

select
    id,
    format('should be {}', expected) as reason
from ids
where id <> expected
order by id
