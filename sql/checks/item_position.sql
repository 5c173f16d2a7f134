-- No two seasons or films of an era have the same position.
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
