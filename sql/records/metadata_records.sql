-- One row a line: every value as JSON text, and what fieldValidation says of which fields.
-- checked_fields: The fields of fieldValidation in their order; null if it is no object or has a field twice
-- invalid_fields: Those whose isValid is false, or what ECMAScript takes for false
-- has_unknown_check: Whether the entry of a field is null
with records as (
    select
        *,
        case
            when starts_with(fieldValidation::varchar, '{')
                then try_cast(fieldValidation as map(varchar, json))
        end as checks
    from read_json(
        $file,
        format = 'newline_delimited',
        compression = 'none',
        ignore_errors = $is_lenient,
        columns = {
            episodeId: 'json',
            dataSource: 'json',
            lastUpdated: 'json',
            confidenceScore: 'json',
            fieldValidation: 'json',
            conflictResolution: 'json',
            title: 'json',
            airDate: 'json',
            season: 'json',
            episode: 'json',
            synopsis: 'json',
            productionCode: 'json',
            director: 'json',
            writer: 'json',
            tmdbId: 'json',
            imdbId: 'json',
            memoryAlphaUrl: 'json',
            guestStars: 'json',
            plotPoints: 'json',
            connections: 'json'
        }
    )
)

select
    -- A text that has escapes is written out between its quotation marks; all other JSON stays as it is.
    case
        when starts_with(columns(* exclude (checks))::varchar, '"')
            and contains(columns(* exclude (checks))::varchar, '\')
            then '"' || (columns(* exclude (checks)) ->> '$') || '"'
        else columns(* exclude (checks))::varchar
    end,
    map_keys(checks) as checked_fields,
    list_filter(
        map_keys(checks),
        lambda field: coalesce((checks[field] -> 'isValid')::varchar, 'null') in ('null', 'false', '""')
        or try_cast((checks[field] -> 'isValid')::varchar as double) = 0
    ) as invalid_fields,
    list_contains(list_transform(map_values(checks), lambda entry: entry is null), true) as has_unknown_check
from records
