-- Who directed or wrote a story is told by more than one of the sources that name anybody for it.
-- kind: data
-- severity: warn
-- owner: Whoever searches by name: a slip of one source is a person who never worked on the story.
-- mend: Look at the credits; override the field, or waive the line if the source is right.
with told as (
    select
        episode_key,
        field,
        source,
        count(distinct source) over (partition by episode_key, field) as sources,
        unnest(from_json(value, '["varchar"]')) as person
    from field_values
    where field in ('directors', 'writers') and value <> '[]'
),

credits as (
    select
        *,
        -- Spelt as names are compared: without accents, case, points, spaces and "Jr.".
        regexp_replace(
            regexp_replace(lower(strip_accents(person)), ',?\s+(?:jr|sr)\.?$', ''), '[^\p{L}\p{N}]+', '', 'g'
        ) as name
    from told
    where sources > 1
)

select
    episode_key,
    field,
    first(person order by source) as person,
    format('is credited by {} alone of {} sources', first(source), first(sources)) as reason
from credits
group by
    episode_key,
    field,
    name
having count(distinct source) = 1
order by
    episode_key,
    field,
    person
