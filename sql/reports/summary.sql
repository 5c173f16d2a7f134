-- What does this release hold, in one row?
-- run_id: The run that made the release
-- as_of: The time that ages are measured at
-- series: Series with published episodes
-- seasons: Seasons with published episodes
-- episodes: Published episodes, a double-length story counted once
-- movies: Published films
-- first_air_date: Day of the oldest episode
-- last_air_date: Day of the newest episode
-- quality_overall: Mean quality of the episodes
-- quality_completeness: Mean completeness of the episodes
-- stale_episodes: Episodes with a value that is older than it should be
-- conflicts: Fields on which independent witnesses disagree
-- in_review: Rows of a source that wait for a person
-- rejects: Rows that were refused
-- errors: Requests that failed in this run
with newest_run as (
    select
        run_id,
        as_of
    from runs
    order by release desc
    limit 1
),

totals as (
    select
        count(distinct series) as series,
        count(distinct (series, season)) as seasons,
        count(*) as episodes,
        min(air_date) as first_air_date,
        max(air_date) as last_air_date,
        round(avg(quality_overall), 4) as quality_overall,
        round(avg(quality_completeness), 4) as quality_completeness,
        count(*) filter (where is_stale) as stale_episodes
    from episodes
)

select
    newest_run.run_id,
    newest_run.as_of,
    totals.series,
    totals.seasons,
    totals.episodes,
    (select count(*) from movies) as movies,
    totals.first_air_date,
    totals.last_air_date,
    totals.quality_overall,
    totals.quality_completeness,
    totals.stale_episodes,
    (select count(*) from conflicts) as conflicts,
    (select count(*) from review) as in_review,
    (select count(*) from rejects) as rejects,
    (select count(*) from errors where errors.run_id = newest_run.run_id) as errors
from totals
left join newest_run on true
