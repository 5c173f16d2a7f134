-- The lines, counted from 0 without blank ones, that hold no JSON object, or one that names a key twice.
with lines as (
    select
        row_number() over () - 1 as line,
        json
    from read_ndjson_objects($file, format = 'newline_delimited', compression = 'none', ignore_errors = true)
)

select line
from lines
where
    json is null
    or json_type(json) <> 'OBJECT'
    or len(json_keys(json)) <> len(list_distinct(json_keys(json)))
