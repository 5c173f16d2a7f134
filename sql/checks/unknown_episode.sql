-- Every link and every number belongs to an episode or a film that is published.
-- kind: contract
-- severity: error
-- owner: Analysts who join links and numbers with episodes would lose rows.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
select
    'links' as source_table,
    source || ' ' || source_id as place,
    format('belongs to {}, which is not in episodes', episode_key) as reason
from links
anti join episodes using (episode_key)
union all
select
    'movie_links' as source_table,
    source || ' ' || source_id as place,
    format('belongs to {}, which is not in movies', movie_key) as reason
from movie_links
anti join movies using (movie_key)
union all
select
    'numbering' as source_table,
    episode_key || ' ' || scheme as place,
    format('belongs to {}, which is not in episodes', episode_key) as reason
from numbering
anti join episodes using (episode_key)
order by
    source_table,
    place
