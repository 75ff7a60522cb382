package message

const (
	insertMessage = `INSERT INTO messages (county, key, to_kind, to_id, area, unit, kind, title, say, link, outgoing, made_at, idx)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	insertDay = `INSERT INTO reminded_days (county, day, n, at, idx) VALUES ($1, $2, $3, $4, $5)`
	readDay   = `SELECT n FROM reminded_days WHERE county = $1 AND day = $2`
	lastDay   = `SELECT coalesce(max(day), '') FROM reminded_days WHERE county = $1 AND day < $2`
	anyDay    = `SELECT coalesce(max(day), '') FROM reminded_days WHERE county = $1`

	// $1 is the reader's post, for whom it is marked what is read; $8 is unread, read or '' for both.
	listMessages = `SELECT m.key, m.to_kind, m.kind, m.title, m.say, m.link, m.made_at, CASE WHEN m.key <= coalesce(c.through, -1) OR r.message IS NOT NULL THEN 1 ELSE 0 END
FROM messages m LEFT JOIN message_reads r ON r.county = m.county AND r.message = m.key AND r.post = $1 LEFT JOIN message_cursors c ON c.county = m.county AND c.post = $1
WHERE m.county = $2 AND (m.to_kind = 'post' AND m.to_id = $3 OR m.to_kind = 'unit' AND m.to_id = $4 OR m.to_kind = 'duty' AND m.area = $5 AND $6 LIKE '%,' || m.to_id || ',%')
AND m.key < $7 AND ($8 = '' OR $8 = 'unread' AND m.key > coalesce(c.through, -1) AND r.message IS NULL OR $8 = 'read' AND (m.key <= coalesce(c.through, -1) OR r.message IS NOT NULL))
ORDER BY m.key DESC LIMIT $9`
	countUnread = `SELECT count(*) FROM (SELECT m.key FROM messages m LEFT JOIN message_reads r ON r.county = m.county AND r.message = m.key AND r.post = $1
LEFT JOIN message_cursors c ON c.county = m.county AND c.post = $1
WHERE m.county = $2 AND (m.to_kind = 'post' AND m.to_id = $3 OR m.to_kind = 'unit' AND m.to_id = $4 OR m.to_kind = 'duty' AND m.area = $5 AND $6 LIKE '%,' || m.to_id || ',%')
AND m.key > coalesce(c.through, -1) AND r.message IS NULL LIMIT $7) n`
	markRead = `INSERT INTO message_reads (county, post, message, read_at)
SELECT m.county, $1, m.key, $2 FROM messages m WHERE m.county = $3 AND m.key = $4
AND (m.to_kind = 'post' AND m.to_id = $5 OR m.to_kind = 'unit' AND m.to_id = $6 OR m.to_kind = 'duty' AND m.area = $7 AND $8 LIKE '%,' || m.to_id || ',%')
ON CONFLICT (county, post, message) DO NOTHING`
	markAll    = `INSERT INTO message_cursors (county, post, through) VALUES ($1, $2, $3) ON CONFLICT (county, post) DO UPDATE SET through = excluded.through`
	dropReads  = `DELETE FROM message_reads WHERE county = $1 AND post = $2 AND message <= $3`
	newestKey  = `SELECT coalesce(max(key), -1) FROM messages WHERE county = $1`
	toSendFrom = `SELECT key, unit, outgoing FROM messages WHERE county = $1 AND key > $2 AND key <= $3 AND outgoing <> '' ORDER BY key LIMIT $4`

	readThrough  = `SELECT through FROM outbox_cursors WHERE county = $1`
	writeThrough = `INSERT INTO outbox_cursors (county, through) VALUES ($1, $2) ON CONFLICT (county) DO UPDATE SET through = excluded.through`

	insertOutbox = `INSERT INTO outbox (county, id, channel, message, say, state, made_at, attempts, next_at, claimed_until, claimed_by, last_error, sent_at, settled_by)
VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, $7, 0, '', '', 0, $8) ON CONFLICT (county, id) DO NOTHING`
	dueOutbox   = `SELECT id, channel FROM outbox WHERE county = $1 AND state = 'waiting' AND next_at <= $2 AND claimed_until <= $2 ORDER BY next_at, id LIMIT $3`
	claimOutbox = `UPDATE outbox SET claimed_until = $1, claimed_by = $2, attempts = attempts + 1
WHERE county = $3 AND id = $4 AND state = 'waiting' AND next_at <= $5 AND claimed_until <= $5`
	oneOutbox    = `SELECT channel, message, say, attempts FROM outbox WHERE county = $1 AND id = $2`
	settleOutbox = `UPDATE outbox SET state = $1, next_at = $2, claimed_until = 0, last_error = $3, sent_at = $4 WHERE county = $5 AND id = $6 AND claimed_by = $7`
	giveBack     = `UPDATE outbox SET claimed_until = 0, attempts = attempts - 1 WHERE county = $1 AND id = $2 AND claimed_by = $3 AND state = 'waiting'`
	staleOutbox  = `UPDATE outbox SET state = 'held', last_error = $1 WHERE county = $2 AND state = 'waiting' AND next_at < $3 AND claimed_until <= $4`
	againOutbox  = `UPDATE outbox SET state = 'waiting', attempts = 0, next_at = $1, claimed_until = 0, claimed_by = '', settled_by = $2 WHERE county = $3 AND id = $4 AND state IN ('failed', 'held')`
	stopOutbox   = `UPDATE outbox SET state = 'held', claimed_until = 0, claimed_by = '', settled_by = $1, last_error = CASE WHEN last_error = '' THEN $2 ELSE last_error END
WHERE county = $3 AND id = $4 AND (state = 'failed' OR state = 'waiting' AND claimed_until <= $5)`
	stateOutbox = `SELECT state FROM outbox WHERE county = $1 AND id = $2`
	listOutbox  = `SELECT o.id, o.channel, coalesce(c.name, ''), coalesce(c.kind, ''), coalesce(c.unit, ''), o.message, o.say, o.state, o.made_at, o.attempts, o.next_at, o.claimed_until, o.last_error, o.sent_at, o.settled_by
FROM outbox o LEFT JOIN channels c ON c.county = o.county AND c.id = o.channel`
	madeOutbox   = `SELECT made_at FROM outbox WHERE county = $1 AND id = $2`
	resultOutbox = `SELECT state, last_error, sent_at FROM outbox WHERE county = $1 AND id = $2`
	countOutbox  = `SELECT state, count(*) FROM outbox WHERE county = $1 GROUP BY state`

	upsertChannel = `INSERT INTO channels (county, id, kind, unit, name, shown, box, enabled, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (county, id) DO UPDATE SET unit = excluded.unit, name = excluded.name, shown = excluded.shown, box = excluded.box, enabled = excluded.enabled, changed_at = excluded.changed_at, changed_by = excluded.changed_by`
	listChannels = `SELECT id, kind, unit, name, shown, enabled, changed_at, changed_by FROM channels WHERE county = $1 ORDER BY unit, kind, name, id`
	oneChannel   = `SELECT kind, unit, name, shown, enabled, changed_at, changed_by, box FROM channels WHERE county = $1 AND id = $2`
	channelNamed = `SELECT id FROM channels WHERE county = $1 AND name = $2 AND id <> $3`
	dropChannel  = `DELETE FROM channels WHERE county = $1 AND id = $2`
	openChannels = `SELECT id, unit FROM channels WHERE county = $1 AND enabled = 1 ORDER BY id`
)
