-- No story ends in an earlier in-universe year than it begins.
-- kind: data
-- severity: warn
-- owner: Readers who sort by in-universe years.
-- mend: Look at the years in field_values; override the wrong one.
with stories as (
    select
        episode_key as story,
        year_from,
        year_to
    from episodes
    union all
    select
        movie_key as story,
        year_from,
        year_to
    from movies
)

select
    story,
    format('begins in {} and ends in {}', year_from, year_to) as reason
from stories
where year_from > year_to
order by story
