-- A redirect leads to a published id, and that id is the episode or film which it names.
-- kind: contract
-- severity: error
-- owner: Apps that move marks would move them to nothing.
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
)

select
    redirects.old_id,
    format('leads to {} as {}, which is not published so', redirects.new_id, redirects.new_key) as reason
from redirects
left join published on redirects.new_id = published.id
where redirects.new_id is not null and published.episode_key is distinct from redirects.new_key
order by redirects.old_id
