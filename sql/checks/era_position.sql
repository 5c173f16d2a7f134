-- The positions of the eras are 1, 2, 3 and so on.
-- kind: contract
-- severity: error
-- owner: Viewing guides show the eras by their position: a gap or a tie has no order.
-- mend: Correct the order of [[eras]] in the franchise file or the [[era]] corrections.
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
