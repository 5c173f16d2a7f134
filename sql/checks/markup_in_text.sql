-- A text is plain: no tag, no script, no wiki markup is left in it.
-- kind: data
-- severity: warn
-- owner: Apps that show the text as it is, and everybody whose app would run it.
-- mend: Override the field, and report it: the text of this source is not taken out of its markup.
with texts as (
    select
        episode_key,
        'title' as field,
        title as told
    from episodes
    union all
    select
        episode_key,
        'synopsis' as field,
        synopsis as told
    from episodes
    union all
    select
        episode_key,
        'plot_points' as field,
        array_to_string(plot_points, ' ') as told
    from episodes
    union all
    select
        movie_key as episode_key,
        'synopsis' as field,
        synopsis as told
    from movies
),

found as (
    select
        episode_key,
        field,
        regexp_extract(told, '(?i)</?[a-z][^<>]*>|<script|javascript:|\{\{|\[\[') as markup
    from texts
)

select
    episode_key,
    field,
    format('holds {}', left(markup, 40)) as reason
from found
where markup <> ''
order by
    episode_key,
    field
