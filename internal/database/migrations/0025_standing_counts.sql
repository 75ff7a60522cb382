-- How many problems stand in each state, for the area and for the units that they concern: counties older than 0015 never counted it. The counts are made anew
-- from how every problem stood and where it lay, which 0015 and 0010 kept by report day; a county that counted all along gets the same ones. Owner: tally.
DELETE FROM tallies WHERE measure LIKE 'at.%' OR measure LIKE 'led.at.%' OR measure LIKE 'helped.at.%';
DELETE FROM tally_totals WHERE measure LIKE 'at.%' OR measure LIKE 'led.at.%' OR measure LIKE 'helped.at.%';
INSERT INTO tallies (county, area, measure, item, reported_on, done_on, n)
WITH RECURSIVE stood AS (
  SELECT county, problem, state, item, lead, helping, since_on, until_on FROM problem_standings
  UNION ALL
  SELECT county, key, state, item, lead, helping, standing_on, 'ever' FROM problems
), lay AS (
  SELECT county, problem, area, since_on, until_on FROM problem_places
  UNION ALL
  SELECT county, key, area, moved_on, 'ever' FROM problems
), spans AS (
  SELECT s.county, l.area, 'at.' || s.state AS measure, s.item, s.lead, s.helping,
    CASE WHEN s.since_on > l.since_on THEN s.since_on ELSE l.since_on END AS since_on, CASE WHEN s.until_on < l.until_on THEN s.until_on ELSE l.until_on END AS until_on
  FROM stood s JOIN lay l ON l.county = s.county AND l.problem = s.problem AND s.since_on < l.until_on AND l.since_on < s.until_on
  WHERE s.state <> 'found'
), changes AS (
  SELECT county, area, measure, item, lead, helping, day, sum(n) AS n FROM (
    SELECT county, area, measure, item, lead, helping, since_on AS day, 1 AS n FROM spans
    UNION ALL
    SELECT county, area, measure, item, lead, helping, until_on, -1 FROM spans WHERE until_on <> 'ever'
  ) x GROUP BY county, area, measure, item, lead, helping, day
), letters (list, i, word, helper) AS (
  SELECT DISTINCT helping, 1, substr(helping, 1, 0), substr(helping, 1, 0) FROM changes
  UNION ALL
  SELECT list, i + 1, CASE WHEN substr(list, i + 1, 1) = ',' THEN '' ELSE word || substr(list, i + 1, 1) END, CASE WHEN substr(list, i + 1, 1) = ',' THEN word ELSE '' END
  FROM letters WHERE i < length(list)
), counts AS (
  SELECT county, area, measure, item, day, n FROM changes
  UNION ALL
  SELECT county, substr(area, 1, 9), 'led.' || measure, lead || '/' || item, day, n FROM changes WHERE lead <> ''
  UNION ALL
  SELECT county, substr(area, 1, 9), 'helped.' || measure, helper || '/' || item, day, n FROM changes JOIN letters ON list = helping AND helper <> '' AND helper <> lead
)
SELECT county, substr(area, 1, digits), measure, item, day, '', sum(n) FROM counts JOIN (SELECT 6 AS digits UNION ALL SELECT 9 UNION ALL SELECT 12) levels ON digits <= length(area)
GROUP BY county, substr(area, 1, digits), measure, item, day HAVING sum(n) <> 0;
INSERT INTO tally_totals (county, measure, area, item, n)
SELECT county, measure, area, item, sum(n) FROM tallies WHERE measure LIKE 'at.%' OR measure LIKE 'led.at.%' OR measure LIKE 'helped.at.%' GROUP BY county, measure, area, item HAVING sum(n) <> 0;
