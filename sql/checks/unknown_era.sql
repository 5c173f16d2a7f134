-- Every film, season and episode with an era has one that is in eras.
-- kind: contract
-- severity: error
-- owner: Viewing guides put everything into an era: what has none is not shown.
-- mend: Add the era to the franchise file, or correct the season that names it.
with placed as (
    select
        'film' as kind,
        movie_id as id,
        era
    from movies
    union all
    select
        'season' as kind,
        season_id as id,
        era
    from seasons
    union all
    select
        'episode' as kind,
        episode_id as id,
        era
    from episodes
    where era is not null
)

select
    kind,
    id,
    format('is in era {}, which has no row in eras', era) as reason
from placed
anti join eras using (era)
order by
    kind,
    id
