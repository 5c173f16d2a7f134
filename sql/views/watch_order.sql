-- Seasons and films together, in in-universe order.
-- place: Place in the whole order, from 1
-- era: Title of the in-universe era
-- position: Place within the era, from 1
-- kind: series, animated or movie
-- title: What a viewing guide shows
-- years: In-universe years, null where not known
-- episodes: Published episodes, null for a film
-- released: Day of the first episode or of the film
-- item_id: Public id of the season or the film
with items as (
    select
        season_id as item_id,
        era,
        position,
        kind,
        title,
        years,
        episodes,
        first_air_date as released
    from seasons
    union all
    select
        movie_id as item_id,
        era,
        position,
        'movie' as kind,
        title,
        years,
        null as episodes,
        release_date as released
    from movies
)

select
    row_number() over (order by eras.position nulls last, items.position, items.item_id) as place,
    eras.title as era,
    items.position,
    items.kind,
    items.title,
    items.years,
    items.episodes,
    items.released,
    items.item_id
from items
left join eras on eras.era = items.era
order by place
