-- Which problems an order names, and by when each was due before it. Owner: problem.
CREATE TABLE order_problems (
  county {text} NOT NULL, ord {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, was_due {text} NOT NULL,
  PRIMARY KEY (county, ord, problem)
) {clustered};
CREATE INDEX order_problems_problem ON order_problems (county, problem);
-- The orders (督办通知书). A draft has no number and binds nobody; area is the ordered unit's place, beyond the reason for a limit after the clearing day,
-- why the reason for which a draft was discarded. Owner: order.
CREATE TABLE orders (
  county {text} NOT NULL, key {int} NOT NULL, id {text} NOT NULL, number {text} NOT NULL, organ {text} NOT NULL, unit {text} NOT NULL, helping {text} NOT NULL, area {text} NOT NULL,
  leader {text} NOT NULL, person {text} NOT NULL, limit_on {text} NOT NULL, say {text} NOT NULL, beyond {text} NOT NULL, second {int} NOT NULL, state {text} NOT NULL, n {int} NOT NULL,
  drafted_on {text} NOT NULL, issued_on {text} NOT NULL, issued_at {int} NOT NULL, issued_idx {int} NOT NULL, issued_by {text} NOT NULL,
  received_on {text} NOT NULL, received_at {int} NOT NULL, received_idx {int} NOT NULL, received_by {text} NOT NULL, why {text} NOT NULL,
  PRIMARY KEY (county, key)
) {clustered};
CREATE UNIQUE INDEX orders_id ON orders (county, id);
CREATE INDEX orders_unit ON orders (county, unit, key);
-- A pause's last day; paused_on is its first. Owner: problem.
ALTER TABLE problems ADD COLUMN paused_until {text} NOT NULL DEFAULT '';
-- Requests for more days or for a pause, and what became of them: open, granted, refused, or lapsed when the problem went on without. Owner: problem.
CREATE TABLE problem_asks (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, id {text} NOT NULL, what {text} NOT NULL, until_on {text} NOT NULL, reason {text} NOT NULL,
  unit {text} NOT NULL, post {text} NOT NULL, was_due {text} NOT NULL, state {text} NOT NULL, due_on {text} NOT NULL, settled_idx {int} NOT NULL, settled_by {text} NOT NULL, say {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
CREATE INDEX problem_asks_state ON problem_asks (county, state, idx);
-- 清零: a unit's signature that nothing of its list is open. voided is the log index of the act that gave it something again, 0 while it stands. Owner: problem.
CREATE TABLE unit_clears (
  county {text} NOT NULL, unit {text} NOT NULL, idx {int} NOT NULL, cleared_on {text} NOT NULL, person {text} NOT NULL, post {text} NOT NULL, closed {int} NOT NULL, voided {int} NOT NULL, why {text} NOT NULL,
  PRIMARY KEY (county, unit, idx)
) {clustered};
