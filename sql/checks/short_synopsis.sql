-- A synopsis says something: it has at least ten characters.
-- kind: data
-- severity: warn
-- owner: Readers of the guide, and apps whose own check refuses less.
-- mend: Correct it at its source (trek-etl why EPISODE synopsis names it), or override it.
select
    episode_key,
    format('has a synopsis of {} characters', length(trim(synopsis))) as reason
from episodes
where length(trim(synopsis)) < 10
order by episode_key
