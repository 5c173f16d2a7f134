-- Every field that has a value has a chosen value of a source, so that it can be said where it came from.
-- kind: contract
-- severity: error
-- owner: Everybody who asks where a value comes from: that is what this data set is for.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with presence as (
    unpivot (select episode_key, columns('^has_') from episodes)
    on columns('^has_')
    into
        name flag
        value is_present
),

present as (
    select
        episode_key,
        substr(flag, length('has_') + 1) as field
    from presence
    where is_present
),

chosen as (
    select distinct
        episode_key,
        field
    from field_values
    where is_chosen
)

select
    episode_key,
    field,
    'has a value, but no source of it is noted in field_values' as reason
from present
anti join chosen using (episode_key, field)
-- Season and number come from the numbering scheme, not from a merge.
where field not in ('season', 'episode')
order by
    episode_key,
    field
