-- The key of an episode begins with the code of its series.
-- kind: contract
-- severity: error
-- owner: Whoever joins by key takes the series from it.
-- mend: Correct the key in the catalogue or in the corrections.
select
    episode_key,
    format('belongs to series {}', series) as reason
from episodes
where split_part(episode_key, ':', 1) <> series
order by episode_key
