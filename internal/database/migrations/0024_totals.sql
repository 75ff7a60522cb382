-- The counts added up over all days, for what asks how many there are now (the area tree, loads, coverage): it must not cost more with every day of a
-- campaign. Owner: tally.
CREATE TABLE tally_totals (
  county {text} NOT NULL, measure {text} NOT NULL, area {text} NOT NULL, item {text} NOT NULL, n {int} NOT NULL,
  PRIMARY KEY (county, measure, area, item)
) {clustered};
INSERT INTO tally_totals (county, measure, area, item, n)
SELECT county, measure, area, item, sum(n) FROM tallies GROUP BY county, measure, area, item;
