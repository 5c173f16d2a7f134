-- Which twenty episodes are the weakest, and what do they lack?
-- episode_id: Public id
-- episode_key: The key that never changes
-- title: Title of the story
-- quality_overall: Quality of the episode
-- grade: Its grade
-- lacks: Fields without a value, those of the highest weight first
with presence as (
    unpivot (select episode_key, columns('^has_') from episodes)
    on columns('^has_')
    into
        name flag
        value is_present
),

lacking as (
    select
        presence.episode_key,
        string_agg(field_weights.field, ', ' order by field_weights.weight desc, field_weights.field) as lacks
    from presence
    inner join field_weights on presence.flag = 'has_' || field_weights.field
    where not presence.is_present
    group by presence.episode_key
)

select
    episodes.episode_id,
    episodes.episode_key,
    episodes.title,
    round(episodes.quality_overall, 4) as quality_overall,
    episodes.grade,
    coalesce(lacking.lacks, '') as lacks
from episodes
left join lacking on lacking.episode_key = episodes.episode_key
order by
    episodes.quality_overall,
    episodes.episode_key
limit 20
