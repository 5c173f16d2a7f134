-- On which fields do independent witnesses disagree, and how often?
-- field: The field
-- compared: Episodes and films for which sources of two lineages or more state the field
-- disagreements: Those on which they disagree
-- share: Share of the disagreements in what could be compared
with witnessed as (
    select
        field_values.episode_key,
        field_values.field,
        count(distinct coalesce(sources.lineage, field_values.source)) as lineages
    from field_values
    left join sources on sources.source = field_values.source
    group by
        field_values.episode_key,
        field_values.field
)

select
    witnessed.field,
    count(*) filter (where witnessed.lineages > 1) as compared,
    count(conflicts.field) as disagreements,
    round(count(conflicts.field) / nullif(count(*) filter (where witnessed.lineages > 1), 0), 4) as share
from witnessed
left join conflicts on conflicts.episode_key = witnessed.episode_key and conflicts.field = witnessed.field
group by witnessed.field
order by
    disagreements desc,
    compared desc,
    witnessed.field
