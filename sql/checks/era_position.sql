-- The positions of the eras are 1, 2, 3 and so on.
with placed as (
    select
        era,
        position,
        row_number() over (order by position) as expected
    from eras
)

select
    era,
    format('has position {}, expected {}', position, expected) as reason
from placed
where position <> expected
order by era
