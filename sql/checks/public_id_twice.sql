-- No public id stands for two things: eras, seasons, films and episodes share one space of names.
-- kind: contract
-- severity: error
-- owner: Apps that keep marks in one map by id: the second thing would overwrite the first.
-- mend: Give the film or era another code in the franchise file.
with ids as (
    select
        'era' as kind,
        era as id
    from eras
    union all
    select
        'season' as kind,
        season_id as id
    from seasons
    union all
    select
        'film' as kind,
        movie_id as id
    from movies
    union all
    select
        'episode' as kind,
        episode_id as id
    from episodes
)

select
    id,
    format('is the id of {}', string_agg(kind, ' and ' order by kind)) as reason
from ids
group by id
having count(*) > 1
order by id
