-- What people add to the daily report: a unit's one sentence (a later one replaces it until the cut-off), and the leader's 审签 of a frozen report. Owner: report.
CREATE TABLE remarks (
  county {text} NOT NULL, reported_on {text} NOT NULL, unit {text} NOT NULL, name {text} NOT NULL, area {text} NOT NULL, say {text} NOT NULL, post {text} NOT NULL, at {int} NOT NULL, idx {int} NOT NULL,
  PRIMARY KEY (county, reported_on, unit)
) {clustered};
CREATE TABLE reviews (
  county {text} NOT NULL, reported_on {text} NOT NULL, idx {int} NOT NULL, digest {text} NOT NULL, verdict {text} NOT NULL, word {text} NOT NULL, post {text} NOT NULL, at {int} NOT NULL,
  PRIMARY KEY (county, reported_on, idx)
) {clustered};
-- Which problems wait too long for somebody to accept them.
CREATE INDEX problems_waiting ON problems (county, state, found_on, area);
