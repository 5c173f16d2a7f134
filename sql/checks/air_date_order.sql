-- No episode was aired before one with a lower aired number of the same season.
-- kind: data
-- severity: warn
-- owner: Readers who follow the order of the broadcasts: one wrong day puts an episode out of place.
-- mend: Look at the two days in field_values and decide in decisions.toml which source to believe.
with dated as (
    select
        episodes.episode_key,
        episodes.air_date,
        max(episodes.air_date) over (
            partition by
                episodes.series,
                numbering.season
            order by numbering.first
            rows between unbounded preceding and 1 preceding
        ) as aired_before
    from episodes
    -- Only this scheme claims to be the order of the broadcasts.
    inner join numbering on numbering.episode_key = episodes.episode_key and numbering.scheme = 'aired'
)

select
    episode_key,
    format('aired on {}, but a lower number was aired on {}', air_date::varchar, aired_before::varchar) as reason
from dated
where air_date < aired_before
order by episode_key
