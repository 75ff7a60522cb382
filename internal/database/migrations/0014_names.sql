-- A name is looked for inside a village or township: the index alone answers, however many bear the surname in the county. Owner: roster.
DROP INDEX persons_name;
DROP INDEX persons_initials;
CREATE INDEX persons_name ON persons (county, name, area, gone, household);
CREATE INDEX persons_initials ON persons (county, initials, area, gone, household);
