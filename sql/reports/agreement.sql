-- How often do two sources say the same, where both say something?
-- source: One source
-- other: Another source, later in the alphabet
-- witnesses: 2, or 1 where the two have their data from the same place
-- compared: Fields of episodes and films that both state; prose, which no two word alike, is left out
-- agreeing: Those on which the two do not contradict each other
-- share: Their share in what was compared
with stated as (
    select
        field_values.episode_key,
        field_values.field,
        field_values.source,
        field_values.normalised,
        coalesce(sources.lineage, field_values.source) as lineage
    from field_values
    left join sources on sources.source = field_values.source
    where field_values.field not in (select prose_fields.field from prose_fields)
),

pairs as (
    select
        stated.source,
        others.source as other,
        if(stated.lineage = others.lineage, 1, 2)::bigint as witnesses,
        -- Lists of people of which one is shorter differ without a conflict.
        stated.normalised = others.normalised or conflicts.field is null as is_agreed
    from stated
    inner join stated as others
        on others.episode_key = stated.episode_key and others.field = stated.field and others.source > stated.source
    left join conflicts on conflicts.episode_key = stated.episode_key and conflicts.field = stated.field
)

select
    source,
    other,
    witnesses,
    count(*) as compared,
    count(*) filter (where is_agreed) as agreeing,
    round(count(*) filter (where is_agreed) / count(*), 4) as share
from pairs
group by
    source,
    other,
    witnesses
order by
    source,
    other
