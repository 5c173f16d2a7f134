-- No story ends at a lower stardate than it begins.
-- kind: data
-- severity: warn
-- owner: Readers who sort by stardate.
-- mend: Look at the stardates in field_values; override the wrong one.
with stories as (
    select
        episode_key as story,
        stardate_from,
        stardate_to
    from episodes
    union all
    select
        movie_key as story,
        stardate_from,
        stardate_to
    from movies
)

select
    story,
    format('begins at stardate {} and ends at {}', stardate_from::varchar, stardate_to::varchar) as reason
from stories
where stardate_from > stardate_to
order by story
