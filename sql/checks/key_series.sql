-- The key of an episode begins with the code of its series.
select
    episode_key,
    format('belongs to series {}', series) as reason
from episodes
where split_part(episode_key, ':', 1) <> series
order by episode_key
