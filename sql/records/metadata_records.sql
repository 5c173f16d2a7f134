-- One row a line: every value as JSON text, and what fieldValidation says of each field.
-- keys: All keys of the record as they come; null where the line is no JSON
-- is_record: Whether the line is a JSON object
-- checks: The entries of fieldValidation in their order; null if it is no object, or has a key twice
with parsed as (
    select
        row,
        regexp_matches(line, '^\s*\{') as is_braced,
        contains(line, '\') as has_escapes,
        try(json_keys(line)) as keys,
        try(
            from_json(
                line,
                '{
                    "episodeId": "JSON",
                    "dataSource": "JSON",
                    "lastUpdated": "JSON",
                    "confidenceScore": "JSON",
                    "fieldValidation": "JSON",
                    "conflictResolution": "JSON",
                    "title": "JSON",
                    "airDate": "JSON",
                    "season": "JSON",
                    "episode": "JSON",
                    "synopsis": "JSON",
                    "productionCode": "JSON",
                    "director": "JSON",
                    "writer": "JSON",
                    "tmdbId": "JSON",
                    "imdbId": "JSON",
                    "memoryAlphaUrl": "JSON",
                    "guestStars": "JSON",
                    "plotPoints": "JSON",
                    "connections": "JSON"
                }'
            )
        ) as record
    from lines
),

valued as (
    select
        row,
        keys,
        has_escapes,
        is_braced and record is not null as is_record,
        unnest(record)
    from parsed
)

select
    row,
    keys,
    is_record,
    case
        when fieldValidation is not null
            then try(from_json(fieldValidation, '"MAP(VARCHAR, STRUCT(isValid JSON))"'))
    end as checks,
    -- A text that has escapes is written out between its quotation marks; all other JSON stays as it is.
    case
        when has_escapes and starts_with(columns(* exclude (row, keys, has_escapes, is_record))::varchar, '"')
            then '"' || (columns(* exclude (row, keys, has_escapes, is_record)) ->> '$') || '"'
        else columns(* exclude (row, keys, has_escapes, is_record))::varchar
    end
from valued
