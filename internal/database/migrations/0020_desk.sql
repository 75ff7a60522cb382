-- What waits for whom, by its day: for who sees a place (a state, by due day) and for a unit (what it leads, by due day). Owner: problem.
CREATE INDEX problems_pending ON problems (county, state, due_on, key);
CREATE INDEX problems_led ON problems (county, lead, state, due_on, key);
-- The other side of a split.
CREATE INDEX problems_parent ON problems (county, parent) WHERE parent <> '';
