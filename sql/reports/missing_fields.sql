-- Which fields do the episodes lack, and what would filling them gain?
-- field: Name of the column in episodes
-- weight: Share of the field in completeness
-- missing: Episodes without a value
-- share: Their share in all episodes, null in a release without episodes
-- points: Points by which the mean completeness would rise if no episode lacked the field, of 100
with presence as (
    unpivot episodes
    on columns('^has_')
    into
        name flag
        value is_present
)

select
    field_weights.field,
    field_weights.weight,
    count(*) filter (where not presence.is_present) as missing,
    round(count(*) filter (where not presence.is_present) / nullif(count(presence.flag), 0), 4) as share,
    round(
        100 * field_weights.weight / (select sum(weight) from field_weights)
        * count(*) filter (where not presence.is_present) / nullif(count(presence.flag), 0),
        2
    ) as points
from field_weights
left join presence on presence.flag = 'has_' || field_weights.field
group by
    field_weights.field,
    field_weights.weight
order by
    points desc nulls last,
    field_weights.weight desc,
    field_weights.field
