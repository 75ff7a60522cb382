-- The register of households and persons. What is filtered on is a column; the rest is in facts (canonical JSON),
-- the sensitive part of it in secret (encrypted). Owner: roster.
CREATE TABLE households (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, area {text} NOT NULL, number {text} NOT NULL, head {text} NOT NULL, initials {text} NOT NULL,
  size {int} NOT NULL, kind {text} NOT NULL, monitored {text} NOT NULL, classes {text} NOT NULL, state {text} NOT NULL, rev {int} NOT NULL,
  facts {text} NOT NULL, secret {blob} NOT NULL, source {text} NOT NULL, source_on {text} NOT NULL,
  sheet {int} NOT NULL, inspected_on {text} NOT NULL, problems {int} NOT NULL, doubts {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE UNIQUE INDEX households_id ON households (county, id);
CREATE INDEX households_area ON households (county, area, key);
CREATE INDEX households_number ON households (county, number);
CREATE TABLE persons (
  county {text} NOT NULL, household {int} NOT NULL, ord {int} NOT NULL, id {text} NOT NULL, number {text} NOT NULL, name {text} NOT NULL, initials {text} NOT NULL,
  relation {text} NOT NULL, area {text} NOT NULL, facts {text} NOT NULL, secret {blob} NOT NULL, gone {int} NOT NULL,
  PRIMARY KEY (county, household, ord)
) {clustered};
CREATE INDEX persons_name ON persons (county, name);
CREATE INDEX persons_initials ON persons (county, initials);
-- Sensitive values by which rows are found or compared without being read. ord is the member's, -1 the household's own.
CREATE TABLE blind_values (
  county {text} NOT NULL, fact {text} NOT NULL, blind {blob} NOT NULL, household {int} NOT NULL, ord {int} NOT NULL,
  PRIMARY KEY (county, fact, blind, household, ord)
) {clustered};
CREATE INDEX blind_values_household ON blind_values (county, household);
CREATE TABLE household_classes (
  county {text} NOT NULL, class {text} NOT NULL, area {text} NOT NULL, household {int} NOT NULL,
  PRIMARY KEY (county, class, area, household)
) {clustered};
CREATE TABLE imports (
  county {text} NOT NULL, id {text} NOT NULL, state {text} NOT NULL, shape {text} NOT NULL, files {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, area {text} NOT NULL,
  created_at {int} NOT NULL, phase {text} NOT NULL, done {int} NOT NULL, total {int} NOT NULL, summary {text} NOT NULL, change_set {text} NOT NULL, rejects {text} NOT NULL,
  failure {text} NOT NULL, act {text} NOT NULL, undone_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
-- What an import changed of a household, so that it can be undone as a whole. Encrypted like the rows themselves.
CREATE TABLE import_changes (
  county {text} NOT NULL, idx {int} NOT NULL, household {int} NOT NULL, rev {int} NOT NULL, was {blob} NOT NULL,
  PRIMARY KEY (county, idx, household)
) {clustered};
