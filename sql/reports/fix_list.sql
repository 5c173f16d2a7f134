-- What should be mended first: which field of which series, what that gains, who could give it, and where?
-- series: Code of the series
-- field: Name of the column in episodes
-- problem: missing (no value) or disputed (independent witnesses disagree)
-- episodes: Episodes concerned
-- points: Points of 100 that one mended episode gains in overall quality, on average
-- gain: Points of all episodes together, by which the list is ordered
-- sources: Sources that know the series and state this field of other episodes; of a disputed field those that do not say what is published
-- first_episode: Key of the first of the episodes, in the order as aired
-- link: Page at which a person can mend the first of the episodes at one of these sources; null where there is none
with presence as (
    unpivot (select series, episode_key, columns('^has_') from episodes)
    on columns('^has_')
    into
        name flag
        value is_present
),

missing as (
    select
        presence.series,
        presence.episode_key,
        field_weights.field,
        'missing' as problem,
        100 * quality_shares.quality_completeness * field_weights.weight / (select sum(weight) from field_weights) as points
    from presence
    inner join field_weights on presence.flag = 'has_' || field_weights.field
    cross join quality_shares
    where not presence.is_present
),

-- Who is a witness: the catalogue was made from others, and of one lineage only one counts.
witnesses as (
    select
        field_values.episode_key,
        field_values.field,
        count(distinct sources.lineage) as lineages
    from field_values
    inner join sources using (source)
    anti join compilations using (source)
    anti join prose_fields using (field)
    group by
        field_values.episode_key,
        field_values.field
),

compared as (
    select
        episode_key,
        count(*) as fields
    from witnesses
    where lineages > 1
    group by episode_key
),

disputed as (
    select
        episodes.series,
        conflicts.episode_key,
        conflicts.field,
        'disputed' as problem,
        -- Agreement is half of accuracy, and this field one of those compared.
        100 * quality_shares.quality_accuracy * 0.5 / compared.fields as points
    from conflicts
    inner join episodes using (episode_key)
    inner join witnesses using (episode_key, field)
    inner join compared using (episode_key)
    cross join quality_shares
    where witnesses.lineages > 1
),

problems as (
    from missing
    union all by name
    from disputed
),

placed as (
    select
        problems.*,
        episodes.air_date,
        episodes.season,
        episodes.episode,
        row_number() over (
            partition by
                problems.series,
                problems.field,
                problems.problem
            order by
                episodes.air_date nulls last,
                episodes.season,
                episodes.episode,
                episode_key
        ) as place
    from problems
    inner join episodes using (episode_key)
),

grouped as (
    select
        series,
        field,
        problem,
        count(*) as episodes,
        avg(points) as points,
        sum(points) as gain,
        max(episode_key) filter (where place = 1) as first_episode
    from placed
    group by
        series,
        field,
        problem
),

given as (
    select
        field,
        source,
        count(*) as stated
    from field_values
    where source <> 'override'
    group by
        field,
        source
),

dissenting as (
    select distinct
        disputed.series,
        disputed.field,
        'disputed' as problem,
        field_values.source
    from disputed
    inner join field_values using (episode_key, field)
    where not field_values.is_chosen
),

knowing as (
    select distinct
        series,
        source
    from coverage
),

candidates as (
    select
        grouped.series,
        grouped.field,
        grouped.problem,
        grouped.first_episode,
        given.source,
        given.stated
    from grouped
    inner join given using (field)
    inner join knowing using (series, source)
    left join dissenting using (series, field, problem, source)
    where grouped.problem = 'missing' or dissenting.source is not null
),

-- What fills the places of an address; TMDB counts in numbers of its own, where they are known.
facts as (
    select
        grouped.first_episode,
        edit_pages.source,
        edit_pages.address,
        coalesce(episodes.memory_alpha_url, '{page}') as page,
        coalesce(series.tmdb_id::varchar, '{series}') as series,
        coalesce(own.season, episodes.season)::varchar as season,
        coalesce(own.first, episodes.episode)::varchar as episode,
        coalesce(min(links.source_id), '{id}') as id
    from (select distinct first_episode from grouped) as grouped
    inner join episodes on grouped.first_episode = episodes.episode_key
    inner join series on episodes.series = series.series
    cross join edit_pages
    left join numbering as own on own.episode_key = episodes.episode_key and own.scheme = edit_pages.source
    left join links on links.episode_key = episodes.episode_key and links.source = edit_pages.source
    group by all
),

addresses as (
    select
        first_episode,
        source,
        (address)
        .replace('{page}', page)
        .replace('{series}', series)
        .replace('{season}', season)
        .replace('{episode}', episode)
        .replace('{id}', id) as link
    from facts
),

linked as (
    select
        candidates.*,
        addresses.link
    from candidates
    left join addresses
        on
            candidates.first_episode = addresses.first_episode
            and candidates.source = addresses.source
            -- An address of which a part is not known leads nowhere.
            and not contains(addresses.link, '{')
),

offered as (
    select
        series,
        field,
        problem,
        string_agg(source, ', ' order by stated desc, source) as sources,
        first(link order by stated desc, source) filter (where link is not null) as link
    from linked
    group by
        series,
        field,
        problem
)

select
    grouped.series,
    grouped.field,
    grouped.problem,
    grouped.episodes,
    round(grouped.points, 4) as points,
    round(grouped.gain, 2) as gain,
    offered.sources,
    grouped.first_episode,
    offered.link
from grouped
left join offered using (series, field, problem)
order by
    grouped.gain desc,
    grouped.series,
    grouped.field,
    grouped.problem
