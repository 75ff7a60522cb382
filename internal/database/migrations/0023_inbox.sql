-- What of the orders waits for somebody: the draft for the office, the issued one for its unit's signature. Owner: order.
CREATE INDEX orders_drafts ON orders (county, limit_on, key) WHERE state = 'draft';
CREATE INDEX orders_unsigned ON orders (county, unit, limit_on, key) WHERE state = 'issued' AND received_at = 0;
