-- Places, units, people and their posts. Owner: duty.
CREATE TABLE areas (
  county {text} NOT NULL, code {text} NOT NULL, parent {text} NOT NULL, level {text} NOT NULL, name {text} NOT NULL, short {text} NOT NULL,
  since {text} NOT NULL, until {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, code)
) {clustered};
CREATE TABLE area_aliases (
  county {text} NOT NULL, parent {text} NOT NULL, name {text} NOT NULL, code {text} NOT NULL,
  PRIMARY KEY (county, parent, name, code)
) {clustered};
CREATE TABLE units (
  county {text} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, name {text} NOT NULL, area {text} NOT NULL, since {text} NOT NULL, until {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, id)
) {clustered};
CREATE TABLE people (
  county {text} NOT NULL, id {text} NOT NULL, name {text} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, id)
) {clustered};
CREATE TABLE posts (
  county {text} NOT NULL, id {text} NOT NULL, person {text} NOT NULL, unit {text} NOT NULL, title {text} NOT NULL, duties {text} NOT NULL, area {text} NOT NULL,
  since_at {int} NOT NULL, until_at {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, id)
) {clustered};
CREATE INDEX posts_person ON posts (county, person);

-- Sign-in: never part of what the acts add up to. Owner: account.
CREATE TABLE accounts (
  county {text} NOT NULL, person {text} NOT NULL, login {text} NOT NULL, password {text} NOT NULL, must_change {int} NOT NULL,
  failed {int} NOT NULL, locked_until {int} NOT NULL, created_at {int} NOT NULL, disabled_at {int} NOT NULL,
  PRIMARY KEY (county, person)
) {strict};
CREATE UNIQUE INDEX accounts_login ON accounts (county, login);
CREATE TABLE sessions (
  county {text} NOT NULL, token {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, created_at {int} NOT NULL, expires_at {int} NOT NULL,
  PRIMARY KEY (county, token)
) {strict};
CREATE INDEX sessions_person ON sessions (county, person);
CREATE TABLE access_log (
  county {text} NOT NULL, at {int} NOT NULL, id {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, action {text} NOT NULL, subject {text} NOT NULL, reason {text} NOT NULL, detail {text} NOT NULL,
  PRIMARY KEY (county, at, id)
) {clustered};
