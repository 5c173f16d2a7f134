-- No story takes a last number that is lower than its first.
select
    episode_key,
    scheme,
    format('begins at number {} and ends at {}', first, last) as reason
from numbering
where first > last
order by
    episode_key,
    scheme
