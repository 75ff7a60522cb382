-- What an act of register life changed of a household, so that it can be taken back. Sealed like the rows themselves; undone is the log index of the
-- act that took it back, 0 while it stands. Owner: roster.
CREATE TABLE life_changes (
  county {text} NOT NULL, idx {int} NOT NULL, household {int} NOT NULL, kind {text} NOT NULL, rev {int} NOT NULL, undone {int} NOT NULL, was {blob} NOT NULL,
  PRIMARY KEY (county, idx, household)
) {clustered};
CREATE INDEX life_changes_household ON life_changes (county, household, idx);
-- Where a problem or doubt lay before, from one report day (included, '' is its birth) to another (not included): the area of the row itself holds from moved_on.
-- Owners: problem (problem_places), inspection (doubt_places).
ALTER TABLE problems ADD COLUMN moved_on {text} NOT NULL DEFAULT '';
ALTER TABLE doubts ADD COLUMN moved_on {text} NOT NULL DEFAULT '';
CREATE TABLE problem_places (
  county {text} NOT NULL, problem {int} NOT NULL, idx {int} NOT NULL, area {text} NOT NULL, since_on {text} NOT NULL, until_on {text} NOT NULL,
  PRIMARY KEY (county, problem, idx)
) {clustered};
CREATE INDEX problem_places_area ON problem_places (county, area);
CREATE TABLE doubt_places (
  county {text} NOT NULL, doubt {int} NOT NULL, idx {int} NOT NULL, area {text} NOT NULL, since_on {text} NOT NULL, until_on {text} NOT NULL,
  PRIMARY KEY (county, doubt, idx)
) {clustered};
CREATE INDEX doubt_places_area ON doubt_places (county, area);
