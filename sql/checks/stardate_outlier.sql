-- No stardate is five times as high or as low as the median of its season.
-- kind: data
-- severity: warn
-- owner: Readers who sort by stardate: a point that slipped moves a story by centuries.
-- mend: Look at the stardates in field_values; override the wrong one.
with dated as (
    select
        episode_key,
        series,
        season,
        unnest(list_distinct([stardate_from, stardate_to])) as stardate
    from episodes
),

compared as (
    select
        episode_key,
        stardate,
        median(stardate) over (partition by series, season) as usual,
        count(*) over (partition by series, season) as known
    from dated
    where stardate is not null
)

select
    episode_key,
    format('has stardate {}, while the median of its season is {}', stardate::varchar, round(usual, 1)::varchar) as reason
from compared
-- Of two stardates that disagree, neither is the usual one.
where known >= 3 and (abs(stardate) > 5 * abs(usual) or abs(stardate) < abs(usual) / 5)
order by
    episode_key,
    stardate
