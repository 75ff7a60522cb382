-- Sheets, doubts and problems. Owners: inspection (sheets, doubts), problem (problems, numbers).
CREATE TABLE sheets (
  county {text} NOT NULL, idx {int} NOT NULL, id {text} NOT NULL, household {int} NOT NULL, area {text} NOT NULL, form {text} NOT NULL, pack {text} NOT NULL,
  person {text} NOT NULL, post {text} NOT NULL, inspector {text} NOT NULL, done_on {text} NOT NULL, reported_on {text} NOT NULL, received_at {int} NOT NULL,
  clock_doubt {int} NOT NULL, stale {int} NOT NULL, unchanged {int} NOT NULL, supersedes {text} NOT NULL, superseded_by {int} NOT NULL, first {int} NOT NULL,
  PRIMARY KEY (county, idx)
) {strict};
CREATE INDEX sheets_household ON sheets (county, household, idx);
CREATE INDEX sheets_area ON sheets (county, reported_on, area);
CREATE TABLE doubts (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, rule {text} NOT NULL, household {int} NOT NULL, member {text} NOT NULL, area {text} NOT NULL,
  say {text} NOT NULL, item {text} NOT NULL, sensitive {text} NOT NULL, state {text} NOT NULL, opened_on {text} NOT NULL, opened_idx {int} NOT NULL,
  closed_on {text} NOT NULL, closed_idx {int} NOT NULL, reason {text} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE INDEX doubts_household ON doubts (county, household, state);
CREATE INDEX doubts_area ON doubts (county, state, area, key);
CREATE UNIQUE INDEX doubts_id ON doubts (county, id);
CREATE TABLE problems (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, number {text} NOT NULL, rule {text} NOT NULL, item {text} NOT NULL, block {text} NOT NULL, clauses {text} NOT NULL,
  subject_kind {text} NOT NULL, subject {text} NOT NULL, household {int} NOT NULL, member {text} NOT NULL, area {text} NOT NULL, say {text} NOT NULL, sensitive {text} NOT NULL,
  origin {text} NOT NULL, sheet {text} NOT NULL, doubt {text} NOT NULL, lead {text} NOT NULL, helping {text} NOT NULL, state {text} NOT NULL, rev {int} NOT NULL,
  days {int} NOT NULL, stage_on {text} NOT NULL, clear_on {text} NOT NULL, limit_on {text} NOT NULL,
  found_on {text} NOT NULL, found_at {int} NOT NULL, found_idx {int} NOT NULL, found_by {text} NOT NULL, done_on {text} NOT NULL,
  accepted_on {text} NOT NULL, accepted_idx {int} NOT NULL, voided_on {text} NOT NULL, voided_idx {int} NOT NULL, void_reason {text} NOT NULL, classes {text} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE UNIQUE INDEX problems_id ON problems (county, id);
CREATE INDEX problems_area ON problems (county, area, key);
CREATE INDEX problems_item ON problems (county, item, area, key);
CREATE INDEX problems_household ON problems (county, household);
CREATE INDEX problems_number ON problems (county, number);
CREATE TABLE numbers (
  county {text} NOT NULL, series {text} NOT NULL, last {int} NOT NULL,
  PRIMARY KEY (county, series)
) {clustered};
