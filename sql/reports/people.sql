-- Which fifty people directed or wrote the most episodes?
-- person: Name as credited
-- episodes: Episodes that the person directed or wrote
-- directed: Episodes directed
-- written: Episodes written: teleplay, whole script or story
-- series: Codes of the series
-- first_air_date: Day of the first of these episodes
-- last_air_date: Day of the newest of these episodes
with credits as (
    select
        unnest(directors) as person,
        episode_key,
        'director' as role
    from episodes
    union
    select
        unnest(writers) as person,
        episode_key,
        'writer' as role
    from episodes
    union
    select
        unnest(story_by) as person,
        episode_key,
        'writer' as role
    from episodes
)

select
    credits.person,
    count(distinct credits.episode_key) as episodes,
    count(*) filter (where credits.role = 'director') as directed,
    count(*) filter (where credits.role = 'writer') as written,
    string_agg(distinct episodes.series, ', ' order by episodes.series) as series,
    min(episodes.air_date) as first_air_date,
    max(episodes.air_date) as last_air_date
from credits
inner join episodes on episodes.episode_key = credits.episode_key
group by credits.person
order by
    episodes desc,
    credits.person
limit 50
