-- No story takes a last number that is lower than its first.
-- kind: contract
-- severity: error
-- owner: Whoever counts the numbers of a double-length story.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
select
    episode_key,
    scheme,
    format('begins at number {} and ends at {}', first, last) as reason
from numbering
where first > last
order by
    episode_key,
    scheme
