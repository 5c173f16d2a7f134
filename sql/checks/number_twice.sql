-- No two episodes of a series have the same number in a scheme.
-- kind: data
-- severity: warn
-- owner: Whoever looks up an episode by a number of that scheme finds two.
-- mend: See in links which rows have the number; link one of them otherwise, or refuse it, in decisions.toml.
with numbered as (
    select
        episode_key,
        split_part(episode_key, ':', 1) as series,
        scheme,
        season,
        first,
        count(*) over (partition by split_part(episode_key, ':', 1), scheme, season, first) as holders
    from numbering
)

select
    episode_key,
    scheme,
    format('shares number {}x{:02d} with another episode of {}', season, first, series) as reason
from numbered
where holders > 1
order by
    episode_key,
    scheme
