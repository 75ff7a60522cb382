-- The second half of a problem's life. due_on is the day by which whoever has it next must be done (an order's limit, before that the clearing day);
-- standing_on is the report since which state, lead, helping and due_on are as the row says; was is the state before a merger, merged_into the problem's id
-- that it was merged into, parent the one that it was split from. measures and result are sealed like say where sensitive says so. Owner: problem.
ALTER TABLE problems ADD COLUMN due_on {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN standing_on {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN standing_idx {int} NOT NULL DEFAULT 0;
ALTER TABLE problems ADD COLUMN was {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN merged_into {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN parent {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN cluster {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN order_id {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN ruled {int} NOT NULL DEFAULT 0;
ALTER TABLE problems ADD COLUMN claimed_by {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN leader {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN person {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN measures {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN result {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN mended_on {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN closed_on {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN paused_on {text} NOT NULL DEFAULT '';
ALTER TABLE problems ADD COLUMN relapses {int} NOT NULL DEFAULT 0;
CREATE INDEX problems_due ON problems (county, due_on, state);
CREATE INDEX problems_state ON problems (county, state, area, key);
-- How a problem stood before, from one report day (included) to another (not included): the row itself holds from standing_on. Owner: problem.
CREATE TABLE problem_standings (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, state {text} NOT NULL, item {text} NOT NULL, lead {text} NOT NULL, helping {text} NOT NULL, due_on {text} NOT NULL,
  since_on {text} NOT NULL, until_on {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
CREATE INDEX problem_standings_state ON problem_standings (county, state, until_on, since_on);
INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on)
SELECT county, key, accepted_idx, 'found', item, lead, helping, clear_on, found_on, accepted_on FROM problems WHERE accepted_on <> '' AND accepted_on > found_on;
INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on)
SELECT county, key, voided_idx, 'accepted', item, lead, helping, clear_on, accepted_on, voided_on FROM problems WHERE accepted_on <> '' AND voided_on > accepted_on;
INSERT INTO problem_standings (county, problem, idx, state, item, lead, helping, due_on, since_on, until_on)
SELECT county, key, voided_idx, 'found', item, lead, helping, clear_on, found_on, voided_on FROM problems WHERE accepted_on = '' AND voided_on > found_on;
UPDATE problems SET due_on = clear_on, standing_on = CASE WHEN voided_on <> '' THEN voided_on ELSE accepted_on END, standing_idx = CASE WHEN voided_idx > accepted_idx THEN voided_idx ELSE accepted_idx END;
-- Who signed what of a problem. voided is the log index of the act that changed what was signed, 0 while the signature stands. Owner: problem.
CREATE TABLE problem_signatures (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, step {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, unit {text} NOT NULL, kind {text} NOT NULL,
  voided {int} NOT NULL, why {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
-- Which units said that a problem is not theirs, and on what ground. Owner: problem.
CREATE TABLE problem_declines (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, unit {text} NOT NULL, ground {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
