-- How many episodes earn which grade?
-- grade: The grade, the best first
-- episodes: Episodes with this grade
-- share: Their share in all episodes, null in a release without episodes
-- lowest: Lowest quality within the grade
-- highest: Highest quality within the grade
select
    grade_order.grade,
    count(episodes.episode_key) as episodes,
    round(count(episodes.episode_key) / nullif(sum(count(episodes.episode_key)) over (), 0), 4)::double as share,
    round(min(episodes.quality_overall), 4) as lowest,
    round(max(episodes.quality_overall), 4) as highest
from grade_order
left join episodes on episodes.grade = grade_order.grade
group by
    grade_order.position,
    grade_order.grade
order by grade_order.position
