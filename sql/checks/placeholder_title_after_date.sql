-- An episode that has been aired has a title, not a placeholder such as "Episode 7" or "TBA".
-- kind: data
-- severity: warn
-- owner: Readers of the guide: a placeholder says nothing of an episode that can be seen.
-- mend: Run with --refresh, or override the title.
with newest_run as (
    select as_of
    from runs
    order by release desc
    limit 1
)

select
    episodes.episode_key,
    format('is still called "{}", although it was aired on {}', episodes.title, episodes.air_date::varchar) as reason
from episodes
inner join newest_run on episodes.air_date < newest_run.as_of::date
where
    regexp_full_match(
        lower(trim(episodes.title)),
        '(?:tba|tbd|none|n/a|unknown|untitled|(?:episode|chapter|folge)\s+#?\d+|stardate\s+tbd)?'
    )
order by episodes.episode_key
