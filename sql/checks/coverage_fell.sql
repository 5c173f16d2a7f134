-- No field of a series, or of the films, has a value in fewer of the episodes that the last release had as well.
-- kind: data
-- severity: warn, error
-- owner: Everybody who used the values: what was published once must not vanish because a source no longer says it.
-- mend: Run with --refresh; see in changes.md what went; override what is right, or waive the loss. From two episodes and one of twenty on it is an error.
with told as (
    select
        series,
        field,
        count(*) filter (where new is null) as lost,
        count(*) filter (where old is null) as gained
    from changes
    where kind = 'changed'
    group by
        series,
        field
),

added as (
    select subject as episode_key
    from changes
    where kind = 'added'
),

present as (
    select
        split_part(episode_key, ':', 1) as series,
        field,
        count(distinct episode_key) as now
    from field_values
    anti join added using (episode_key)
    where is_chosen
    group by all
),

compared as (
    select
        told.series,
        told.field,
        coalesce(present.now, 0) + told.lost - told.gained as before,
        coalesce(present.now, 0) as now
    from told
    left join present using (series, field)
)

select
    series,
    field,
    before,
    now,
    case
        when before - now >= 2 and now < 0.95 * before then 'error'
        else 'warn'
    end as severity,
    format('had a value in {} episodes or films of the last release, has one in {} of them now', before, now) as reason
from compared
where now < before
order by
    series,
    field
