-- No column of a table is null in every row, unless schemas/empty_columns.csv says why it may be.
-- kind: data
-- severity: warn
-- owner: Analysts who ask for the column: a source that stopped giving it makes no error.
-- mend: Look at what the sources sent (table field_values, drift in run.json); if it is right, add the column to the list with the reason.
select
    column_counts.source_table,
    column_counts.column_name,
    format('is null in all {} rows', column_counts.rows) as reason
from column_counts
anti join may_be_empty using (source_table, column_name)
-- In a handful of rows an empty column says nothing.
where column_counts.rows >= 10 and column_counts.filled = 0
order by
    column_counts.source_table,
    column_counts.column_name
