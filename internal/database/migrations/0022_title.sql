-- What an order is called on paper, by the pack in force when it was drafted or issued; '' where the pack said nothing. Owner: order.
ALTER TABLE orders ADD COLUMN title {text} NOT NULL DEFAULT '';
