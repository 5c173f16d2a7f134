-- What did each source give, and how much of it was published?
-- source: The source
-- title: Its name for people
-- status: How the source fared in this run
-- rows: Rows that kept the raw contract
-- linked: Rows linked to an episode or a film
-- stated: Values that the source states
-- chosen: Values of the source that were published
-- share_of_chosen: Its share in all published values, null where nothing was published
with stated as (
    select
        source,
        count(*) as stated,
        count(*) filter (where is_chosen) as chosen
    from field_values
    group by source
)

select
    coalesce(sources.source, stated.source) as source,
    coalesce(sources.title, stated.source) as title,
    sources.status,
    coalesce(sources.rows, 0) as rows,
    coalesce(sources.linked, 0) as linked,
    coalesce(stated.stated, 0) as stated,
    coalesce(stated.chosen, 0) as chosen,
    round(coalesce(stated.chosen, 0) / nullif((select count(*) from field_values where is_chosen), 0), 4)
        as share_of_chosen
from sources
full join stated on stated.source = sources.source
order by
    chosen desc,
    source
