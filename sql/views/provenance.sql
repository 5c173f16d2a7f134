-- Every published value with the source that it was taken from.
-- episode_key: The episode, or the film
-- title: Title of the episode or the film
-- field: Name of the column in episodes or movies
-- value: The published value, or this source's part of it; lists as JSON
-- source: Name of the source for people
-- rule: The policy that decided
-- source_url: Where it stands
-- fetched_at: When the source said so
-- is_stale: Carried over because the source failed
select
    field_values.episode_key,
    coalesce(episodes.title, movies.title) as title,
    field_values.field,
    field_values.value,
    coalesce(sources.title, field_values.source) as source,
    field_values.rule,
    field_values.source_url,
    field_values.fetched_at,
    field_values.is_stale
from field_values
left join episodes on episodes.episode_key = field_values.episode_key
left join movies on movies.movie_key = field_values.episode_key
left join sources on sources.source = field_values.source
where field_values.is_chosen
order by
    field_values.episode_key,
    field_values.field,
    field_values.source
