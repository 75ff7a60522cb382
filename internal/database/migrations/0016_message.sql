-- What posts and units are told inside the product; written by acts. to_kind is post, unit or duty (to_id then a duty, over exactly the area). outgoing is what may leave
-- the county, '' for nothing; unit is whose channels it goes by. Owner: message.
CREATE TABLE messages (
  county {text} NOT NULL, key {int} NOT NULL, to_kind {text} NOT NULL, to_id {text} NOT NULL, area {text} NOT NULL, unit {text} NOT NULL,
  kind {text} NOT NULL, title {text} NOT NULL, say {text} NOT NULL, link {text} NOT NULL, outgoing {text} NOT NULL, made_at {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, key)
) {strict};
CREATE INDEX messages_to ON messages (county, to_kind, to_id, key);
-- The days on which it was looked what is due; written by the act that reminds. Owner: message.
CREATE TABLE reminded_days (
  county {text} NOT NULL, day {text} NOT NULL, n {int} NOT NULL, at {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, day)
) {clustered};
-- What somebody has read, by the post he read it in: no act, and nothing that verify compares. through is the key up to which all is read. Owner: message.
CREATE TABLE message_reads (
  county {text} NOT NULL, post {text} NOT NULL, message {int} NOT NULL, read_at {int} NOT NULL,
  PRIMARY KEY (county, post, message)
) {clustered};
CREATE TABLE message_cursors (
  county {text} NOT NULL, post {text} NOT NULL, through {int} NOT NULL,
  PRIMARY KEY (county, post)
) {clustered};
-- The ways out of the county. box holds the address and its secrets, sealed; shown is what of it may be seen. unit '' is the county's own. Owner: message.
CREATE TABLE channels (
  county {text} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, unit {text} NOT NULL, name {text} NOT NULL, shown {text} NOT NULL, box {blob} NOT NULL, enabled {int} NOT NULL,
  changed_at {int} NOT NULL, changed_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
-- What is to be sent, what was, and what was not: the row is the job. claimed_until and claimed_by are the lease of the process that is sending it. Owner: message.
CREATE TABLE outbox (
  county {text} NOT NULL, id {text} NOT NULL, channel {text} NOT NULL, message {int} NOT NULL, say {text} NOT NULL, state {text} NOT NULL, made_at {int} NOT NULL,
  attempts {int} NOT NULL, next_at {int} NOT NULL, claimed_until {int} NOT NULL, claimed_by {text} NOT NULL, last_error {text} NOT NULL, sent_at {int} NOT NULL, settled_by {text} NOT NULL,
  PRIMARY KEY (county, id)
) {strict};
CREATE INDEX outbox_due ON outbox (county, state, next_at);
CREATE INDEX outbox_made ON outbox (county, made_at, id);
-- The key of the last message that was looked at for the outbox; one row. Owner: message.
CREATE TABLE outbox_cursors (
  county {text} NOT NULL, through {int} NOT NULL,
  PRIMARY KEY (county)
) {clustered};
