-- The book of public ids says of every published id what it means now, and of no other.
-- kind: contract
-- severity: error
-- owner: Apps that moved marks by redirects.json: the book is where redirects come from.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with published as (
    select
        episode_id as id,
        episode_key
    from episodes
    union all
    select
        movie_id as id,
        movie_key as episode_key
    from movies
),

now_meant as (
    select
        id,
        episode_key
    from public_ids
    where until_release is null
)

select
    id,
    format('is {} in episodes or movies, but has no such open row in public_ids', episode_key) as reason
from published
anti join now_meant using (id, episode_key)
union all
select
    id,
    format('means {} in public_ids, but is not published so', episode_key) as reason
from now_meant
anti join published using (id, episode_key)
order by
    id,
    reason
