-- A connection leads from an episode to another one that is published.
-- kind: data
-- severity: warn
-- owner: Readers who follow a connection: the guide leaves out what leads nowhere.
-- mend: Link or add the episode it should lead to, or override the connections.
with told as (
    select
        episode_key,
        unnest(connections).episode_key as target
    from episodes
)

select
    told.episode_key,
    told.target,
    case
        when told.target = told.episode_key then 'refers to itself'
        else 'refers to an episode that is not published'
    end as reason
from told
left join episodes on told.target = episodes.episode_key
where told.target = told.episode_key or episodes.episode_key is null
order by
    told.episode_key,
    told.target
