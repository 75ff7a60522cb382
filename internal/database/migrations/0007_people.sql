-- A post's end and its hand-over leave a trace: the stated day, why, and the posts before and after. Owner: duty.
ALTER TABLE posts ADD COLUMN ended_on {text} NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN reason {text} NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN from_post {text} NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN to_post {text} NOT NULL DEFAULT '';
ALTER TABLE units ADD COLUMN reason {text} NOT NULL DEFAULT '';
CREATE INDEX posts_area ON posts (county, area, unit, id);

-- Sign-in. phone, totp are sealed; former and recovery are hashes, one a line. Owner: account.
ALTER TABLE accounts ADD COLUMN name {text} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN phone {blob} NOT NULL DEFAULT {empty};
ALTER TABLE accounts ADD COLUMN phone_blind {blob} NOT NULL DEFAULT {empty};
ALTER TABLE accounts ADD COLUMN former {text} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN changed_at {int} NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN seen_at {int} NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN totp {blob} NOT NULL DEFAULT {empty};
ALTER TABLE accounts ADD COLUMN totp_on {int} NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN totp_step {int} NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN recovery {text} NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at {int} NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN address {text} NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent {text} NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN how {text} NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN code_due {int} NOT NULL DEFAULT 0;
CREATE TABLE account_links (
  county {text} NOT NULL, issuer {text} NOT NULL, subject {text} NOT NULL, person {text} NOT NULL, linked_at {int} NOT NULL,
  PRIMARY KEY (county, issuer, subject)
) {clustered};
CREATE UNIQUE INDEX account_links_person ON account_links (county, person, issuer);
CREATE TABLE account_rules (
  county {text} NOT NULL, name {text} NOT NULL, value {text} NOT NULL, person {text} NOT NULL, changed_at {int} NOT NULL,
  PRIMARY KEY (county, name)
) {clustered};
CREATE TABLE sign_in_tries (
  county {text} NOT NULL, address {text} NOT NULL, since {int} NOT NULL, n {int} NOT NULL,
  PRIMARY KEY (county, address)
) {clustered};

-- Accounts made from a workbook: what was read, then the one-time passwords until they are fetched (both sealed), and the posts that
-- the workbook wishes for. Never part of what the acts add up to. Owner: staff.
CREATE TABLE staff_lists (
  county {text} NOT NULL, id {text} NOT NULL, person {text} NOT NULL, name {text} NOT NULL, created_at {int} NOT NULL, state {text} NOT NULL, box {blob}, made {int} NOT NULL, wiped_at {int} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
CREATE TABLE wished_posts (
  county {text} NOT NULL, id {text} NOT NULL, list {text} NOT NULL, person {text} NOT NULL, name {text} NOT NULL, unit {text} NOT NULL, title {text} NOT NULL, duties {text} NOT NULL, area {text} NOT NULL,
  wished_at {int} NOT NULL, wished_by {text} NOT NULL, dropped_at {int} NOT NULL, dropped_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {clustered};
