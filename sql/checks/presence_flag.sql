-- A has_ column says true where its field has a value, and nowhere else.
-- kind: contract
-- severity: error
-- owner: Analysts count with the has_ columns, and so does completeness.
-- mend: Run trek-etl generate again; if it stays, it is a fault of trek-etl: report it.
with presence as (
    unpivot (select episode_key, columns('^has_') from episodes)
    on columns('^has_')
    into
        name flag
        value is_present
),

texts as (
    unpivot (select episode_key, coalesce(columns(* exclude (episode_key))::varchar, '') from episodes)
    on columns(* exclude (episode_key))
    into
        name field
        value content
)

select
    presence.episode_key,
    presence.flag,
    case
        when presence.is_present then 'is true for an empty field'
        else 'is false for a field with a value'
    end as reason
from presence
inner join texts on texts.episode_key = presence.episode_key and presence.flag = 'has_' || texts.field
where presence.is_present <> (trim(texts.content) not in ('', '[]'))
order by
    presence.episode_key,
    presence.flag
