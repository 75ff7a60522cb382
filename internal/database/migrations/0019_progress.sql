-- What became of a problem in which report: one row each time that it was ordered, claimed, declined, rectified, verified, returned, closed, reopened or merged
-- (being found, accepted and voided has columns of its own). unit is who led it then, say the reason that was given. Owner: problem.
CREATE TABLE problem_events (
  county {text} NOT NULL, reported_on {text} NOT NULL, measure {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, unit {text} NOT NULL, say {text} NOT NULL,
  PRIMARY KEY (county, reported_on, measure, problem, idx)
) {clustered};
-- Which problems a unit still owes, by the day: few at any time, whatever the ledger has grown to.
CREATE INDEX problems_owed ON problems (county, due_on, area, lead) WHERE state = 'ordered' OR state = 'claimed' OR state = 'returned' OR state = 'reopened';
