-- A page of the ledger finds its keys in an index alone and then reads its rows: newest first in a state, of a lead unit or of an item in a state;
-- of an item and of a state in a place, where few are sorted. Owner: problem.
CREATE INDEX problems_newest ON problems (county, state, key);
CREATE INDEX problems_lead ON problems (county, lead, state, key, area);
CREATE INDEX problems_task ON problems (county, item, state, key);
DROP INDEX problems_item;
CREATE INDEX problems_item ON problems (county, item, area, state, key);
DROP INDEX problems_state;
CREATE INDEX problems_state ON problems (county, state, area, due_on, key);
