-- Who answers for a household (a post, '' is nobody), and why it could not be inspected ('' is no reason given). Owner: roster.
ALTER TABLE households ADD COLUMN owner {text} NOT NULL DEFAULT '';
ALTER TABLE households ADD COLUMN missed {text} NOT NULL DEFAULT '';
ALTER TABLE households ADD COLUMN missed_on {text} NOT NULL DEFAULT '';
CREATE INDEX households_owner ON households (county, owner, area, key);
