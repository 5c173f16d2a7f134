-- What share of the episodes of each series has which field?
-- series: Code of the series
-- field: Name of the column in episodes
-- episodes: Published episodes
-- present: Those with a value
-- share: Their share in all episodes of the series
with presence as (
    unpivot (select series, episode_key, columns('^has_') from episodes)
    on columns('^has_')
    into
        name flag
        value is_present
)

select
    presence.series,
    field_weights.field,
    count(*) as episodes,
    count(*) filter (where presence.is_present) as present,
    round(count(*) filter (where presence.is_present) / count(*), 4) as share
from presence
inner join field_weights on presence.flag = 'has_' || field_weights.field
left join series on series.series = presence.series
group by
    presence.series,
    series.position,
    field_weights.field,
    field_weights.weight
order by
    series.position,
    presence.series,
    field_weights.weight desc,
    field_weights.field
