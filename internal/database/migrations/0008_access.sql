-- Who looked at what of other people: the county's second Merkle log. Rows are only ever added. Owner: access.
CREATE TABLE access_entries (
  county {text} NOT NULL, idx {int} NOT NULL, at {int} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, action {text} NOT NULL, subject {text} NOT NULL,
  reason {text} NOT NULL, detail {text} NOT NULL, leaf {blob} NOT NULL,
  PRIMARY KEY (county, idx)
) {strict};
CREATE INDEX access_entries_person ON access_entries (county, person, idx);
CREATE INDEX access_entries_action ON access_entries (county, action, idx);
CREATE INDEX access_entries_subject ON access_entries (county, subject, idx);
CREATE INDEX access_entries_at ON access_entries (county, at, idx);
CREATE TABLE access_tiles (
  county {text} NOT NULL, level {int} NOT NULL, n {int} NOT NULL, data {blob} NOT NULL,
  PRIMARY KEY (county, level, n)
) {strict};
CREATE TABLE access_heads (
  county {text} NOT NULL PRIMARY KEY, size {int} NOT NULL, root {blob} NOT NULL, at {int} NOT NULL
) {strict};

-- What a resident asks for: a correction, or to withdraw what he gave. What is wrong and what is right are sealed. Owner: resident.
CREATE TABLE requests (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, household {int} NOT NULL, area {text} NOT NULL, fact {text} NOT NULL,
  text {text} NOT NULL, sealed {text} NOT NULL, asked_by {text} NOT NULL, way {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, asked_on {text} NOT NULL, due_on {text} NOT NULL,
  state {text} NOT NULL, settled_on {text} NOT NULL, settled_by {text} NOT NULL, outcome {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE UNIQUE INDEX requests_id ON requests (county, id);
CREATE INDEX requests_area ON requests (county, state, area, key);
CREATE INDEX requests_household ON requests (county, household, key);

-- The openings that were destroyed because their time was over: their acts replay without them. Owner: act.
CREATE TABLE purged_values (
  county {text} NOT NULL, hash {text} NOT NULL, idx {int} NOT NULL, purged_idx {int} NOT NULL,
  PRIMARY KEY (county, hash, idx)
) {clustered};

-- What is destroyed when its time is over: proposed by one, approved by another. Owner: retention.
CREATE TABLE purges (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, through {text} NOT NULL, state {text} NOT NULL, n {int} NOT NULL, proof {text} NOT NULL,
  proposed_on {text} NOT NULL, proposed_by {text} NOT NULL, approved_on {text} NOT NULL, approved_by {text} NOT NULL, reason {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE UNIQUE INDEX purges_id ON purges (county, id);
