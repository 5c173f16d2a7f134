-- A later part of a story has a first part in its series, with or without a part number in the title.
-- kind: data
-- severity: warn
-- owner: Readers who would begin a story in the middle.
-- mend: Look for the first part in review and rejects; correct the title if it has none.
with told as (
    select
        episode_key,
        series,
        title,
        nullif(
            regexp_extract(
                lower(title),
                '(?:\(\s*(?:part\s+)?|\bpart\s+)(\d|iii|ii|iv|i|v|one|two|three|four|five)\s*\)?\s*$',
                1
            ),
            ''
        ) as part
    from episodes
),

stories as (
    select
        episode_key,
        series,
        title,
        part,
        regexp_replace(
            case
                when part is null then lower(title)
                else regexp_replace(lower(title), '\(?\s*(?:part\s+)?' || part || '\s*\)?\s*$', '')
            end,
            '[^\p{L}\p{N}]+',
            '',
            'g'
        ) as story
    from told
),

first_parts as (
    select
        series,
        story
    from stories
    where part is null or part in ('1', 'i', 'one')
)

select
    episode_key,
    format('is called "{}", but no first part of it is there', title) as reason
from stories
anti join first_parts using (series, story)
where part is not null
order by episode_key
