-- Who has a tombstone is not published.
-- kind: contract
-- severity: error
-- owner: Apps hide what has a tombstone.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
select
    episode_key,
    'has a tombstone and is published' as reason
from tombstones
where
    episode_key in (select episodes.episode_key from episodes)
    or episode_key in (select movies.movie_key from movies)
order by episode_key
