-- Tasks handed down to townships and departments, and the owner that a place's households have by default. Owner: task.
CREATE TABLE tasks (
  county {text} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, unit {text} NOT NULL, area {text} NOT NULL, items {text} NOT NULL, due_on {text} NOT NULL,
  handed_at {int} NOT NULL, handed_idx {int} NOT NULL, received_at {int} NOT NULL, received_idx {int} NOT NULL, received_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {clustered};
CREATE INDEX tasks_area ON tasks (county, area);
CREATE INDEX posts_holders ON posts (county, area);
CREATE TABLE area_owners (
  county {text} NOT NULL, area {text} NOT NULL, post {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, area)
) {clustered};
CREATE INDEX area_owners_post ON area_owners (county, post);
-- Who answered for a household from which act on; '' is nobody. Owner: roster.
CREATE TABLE owners (
  county {text} NOT NULL, household {int} NOT NULL, idx {int} NOT NULL, post {text} NOT NULL, was {text} NOT NULL, reason {text} NOT NULL,
  PRIMARY KEY (county, household, idx)
) {clustered};
-- Attempts to inspect a household that did not succeed. Owner: inspection.
CREATE TABLE misses (
  county {text} NOT NULL, idx {int} NOT NULL, household {int} NOT NULL, area {text} NOT NULL, reason {text} NOT NULL, note {text} NOT NULL, again_on {text} NOT NULL,
  post {text} NOT NULL, done_on {text} NOT NULL, reported_on {text} NOT NULL,
  PRIMARY KEY (county, idx)
) {strict};
CREATE INDEX misses_household ON misses (county, household, idx);
-- The lists of what is still to be inspected stay short to read when little is left.
CREATE INDEX households_left ON households (county, area, key) WHERE inspected_on = '';
