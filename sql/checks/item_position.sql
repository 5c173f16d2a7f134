-- No two seasons or films of an era have the same position.
-- kind: contract
-- severity: error
-- owner: Viewing guides show seasons and films by their position: a tie has no order.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with items as (
    select
        season_id as item_id,
        era,
        position
    from seasons
    union all
    select
        movie_id as item_id,
        era,
        position
    from movies
)

select
    item_id,
    format('shares position {} of era {}', position, era) as reason
from items
qualify count(*) over (partition by era, position) > 1
order by item_id
