-- Within an era, no season or film begins in an earlier year, or at a lower stardate, than the one before it.
-- kind: data
-- severity: info, warn
-- owner: Readers who watch in the order of the story.
-- mend: Correct the years in the franchise file, or override the stardates. Stardates are only named: those of TAS follow no calendar.
with items as (
    select
        season_id as item_id,
        era,
        position,
        years,
        stardate_from
    from seasons
    union all
    select
        movie_id as item_id,
        era,
        position,
        years,
        stardate_from
    from movies
),

read as (
    select
        item_id,
        era,
        position,
        try_cast(regexp_extract(years, '^\d{4}') as bigint) as year,
        stardate_from
    from items
),

compared as (
    select
        item_id,
        year,
        stardate_from,
        lag(year ignore nulls) over era_order as year_before,
        lag(stardate_from ignore nulls) over era_order as stardate_before
    from read
    window era_order as (partition by era order by position)
)

select
    item_id,
    case when year < year_before then 'warn' else 'info' end as severity,
    case
        when year < year_before then format('begins in {}, the one before it in {}', year, year_before)
        else format(
            'begins at stardate {}, the one before it at {}',
            stardate_from::varchar,
            stardate_before::varchar
        )
    end as reason
from compared
where year < year_before or stardate_from < stardate_before
order by item_id
