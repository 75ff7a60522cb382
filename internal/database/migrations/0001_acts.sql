-- The acts, in the one order of their county, and the Merkle log over them. Owner: act.
CREATE TABLE acts (
  county {text} NOT NULL, idx {int} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, subject {text} NOT NULL,
  person {text} NOT NULL, post {text} NOT NULL, received_at {int} NOT NULL, digest {blob} NOT NULL, leaf {blob} NOT NULL, doc {blob} NOT NULL,
  PRIMARY KEY (county, idx)
) {strict};
CREATE UNIQUE INDEX acts_id ON acts (county, id);
CREATE INDEX acts_subject ON acts (county, subject, idx);
CREATE TABLE log_tiles (
  county {text} NOT NULL, level {int} NOT NULL, n {int} NOT NULL, data {blob} NOT NULL,
  PRIMARY KEY (county, level, n)
) {strict};
CREATE TABLE log_heads (
  county {text} NOT NULL PRIMARY KEY, size {int} NOT NULL, root {blob} NOT NULL, received_at {int} NOT NULL
) {strict};
CREATE TABLE log_keys (
  county {text} NOT NULL, idx {int} NOT NULL, key {text} NOT NULL,
  PRIMARY KEY (county, idx)
) {clustered};
CREATE TABLE sealed_values (
  county {text} NOT NULL, idx {int} NOT NULL, hash {text} NOT NULL, box {blob} NOT NULL,
  PRIMARY KEY (county, idx, hash)
) {clustered};
CREATE TABLE waiting_acts (
  county {text} NOT NULL, id {text} NOT NULL, person {text} NOT NULL, received_at {int} NOT NULL, doc {blob} NOT NULL, openings {blob} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
CREATE TABLE waits (
  county {text} NOT NULL, wanted {text} NOT NULL, id {text} NOT NULL,
  PRIMARY KEY (county, wanted, id)
) {clustered};
CREATE TABLE refused_acts (
  county {text} NOT NULL, id {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, kind {text} NOT NULL, area {text} NOT NULL, received_at {int} NOT NULL,
  code {text} NOT NULL, reason {text} NOT NULL, doc {blob} NOT NULL, openings {blob} NOT NULL, repaired_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};

-- Counts kept in the transaction that changes them: per area (village, township, county), day of the report, day done. Owner: tally.
CREATE TABLE tallies (
  county {text} NOT NULL, area {text} NOT NULL, measure {text} NOT NULL, item {text} NOT NULL, reported_on {text} NOT NULL, done_on {text} NOT NULL, n {int} NOT NULL,
  PRIMARY KEY (county, area, measure, item, reported_on, done_on)
) {clustered};
