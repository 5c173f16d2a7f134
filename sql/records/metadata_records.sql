-- One row a line: what scoring asks of a record, read from its JSON.
-- keys: All keys of the record as they come; none where the line holds no object
-- lastUpdated: This, confidenceScore, fieldValidation and conflictResolution as JSON
-- checks: The entries of fieldValidation in their order; null if it is no object, or has a key twice
-- title: This and all others as text: what is no text as JSON, but an empty list as blank text, which counts the same
with parsed as (
    select
        row,
        line,
        try(json_keys(line)) as keys,
        try(
            from_json(
                line,
                '{
                    "episodeId": "VARCHAR",
                    "dataSource": "VARCHAR",
                    "lastUpdated": "JSON",
                    "confidenceScore": "JSON",
                    "fieldValidation": "JSON",
                    "conflictResolution": "JSON",
                    "title": "VARCHAR",
                    "airDate": "VARCHAR",
                    "season": "VARCHAR",
                    "episode": "VARCHAR",
                    "synopsis": "VARCHAR",
                    "productionCode": "VARCHAR",
                    "director": "VARCHAR",
                    "writer": "VARCHAR",
                    "tmdbId": "VARCHAR",
                    "imdbId": "VARCHAR",
                    "memoryAlphaUrl": "VARCHAR",
                    "guestStars": "VARCHAR",
                    "plotPoints": "VARCHAR",
                    "connections": "VARCHAR"
                }'
            )
        ) as record
    from lines
)

select
    row,
    keys,
    record.episodeId,
    record.dataSource,
    record.lastUpdated::varchar as lastUpdated,
    record.confidenceScore::varchar as confidenceScore,
    record.fieldValidation::varchar as fieldValidation,
    record.conflictResolution::varchar as conflictResolution,
    case
        when record.fieldValidation is not null
            then try(from_json(record.fieldValidation, '"MAP(VARCHAR, STRUCT(isValid JSON))"'))
    end as checks,
    -- The text "[]" is no empty list, and only the type of the value can tell the two apart.
    case
        when record.title = '[]' and json_type(line, '$.title') = 'ARRAY' then ' '
        else record.title
    end as title,
    case
        when record.airDate = '[]' and json_type(line, '$.airDate') = 'ARRAY' then ' '
        else record.airDate
    end as airDate,
    case
        when record.season = '[]' and json_type(line, '$.season') = 'ARRAY' then ' '
        else record.season
    end as season,
    case
        when record.episode = '[]' and json_type(line, '$.episode') = 'ARRAY' then ' '
        else record.episode
    end as episode,
    case
        when record.synopsis = '[]' and json_type(line, '$.synopsis') = 'ARRAY' then ' '
        else record.synopsis
    end as synopsis,
    case
        when record.productionCode = '[]' and json_type(line, '$.productionCode') = 'ARRAY' then ' '
        else record.productionCode
    end as productionCode,
    case
        when record.director = '[]' and json_type(line, '$.director') = 'ARRAY' then ' '
        else record.director
    end as director,
    case
        when record.writer = '[]' and json_type(line, '$.writer') = 'ARRAY' then ' '
        else record.writer
    end as writer,
    case
        when record.tmdbId = '[]' and json_type(line, '$.tmdbId') = 'ARRAY' then ' '
        else record.tmdbId
    end as tmdbId,
    case
        when record.imdbId = '[]' and json_type(line, '$.imdbId') = 'ARRAY' then ' '
        else record.imdbId
    end as imdbId,
    case
        when record.memoryAlphaUrl = '[]' and json_type(line, '$.memoryAlphaUrl') = 'ARRAY' then ' '
        else record.memoryAlphaUrl
    end as memoryAlphaUrl,
    case
        when record.guestStars = '[]' and json_type(line, '$.guestStars') = 'ARRAY' then ' '
        else record.guestStars
    end as guestStars,
    case
        when record.plotPoints = '[]' and json_type(line, '$.plotPoints') = 'ARRAY' then ' '
        else record.plotPoints
    end as plotPoints,
    case
        when record.connections = '[]' and json_type(line, '$.connections') = 'ARRAY' then ' '
        else record.connections
    end as connections
from parsed
