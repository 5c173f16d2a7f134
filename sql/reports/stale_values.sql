-- Which values did a source not give again, and how old are they?
-- source: The source
-- title: Its name for people
-- stale: Values that it gave in an earlier run only
-- stories: Episodes and films that have such values
-- chosen: Those of the values that are published
-- oldest_at: When the oldest of them was fetched
-- newest_at: When the newest of them was fetched
-- age_days: Age of the oldest in whole days, at the time that ages are measured at
with newest_run as (
    select as_of
    from runs
    order by release desc
    limit 1
)

select
    field_values.source,
    coalesce(any_value(sources.title), field_values.source) as title,
    count(*) as stale,
    count(distinct field_values.episode_key) as stories,
    count(*) filter (where field_values.is_chosen) as chosen,
    min(field_values.fetched_at) as oldest_at,
    max(field_values.fetched_at) as newest_at,
    date_diff('hour', min(field_values.fetched_at), any_value(newest_run.as_of)) // 24 as age_days
from field_values
cross join newest_run
left join sources on field_values.source = sources.source
where field_values.is_stale
group by field_values.source
order by
    age_days desc,
    field_values.source
