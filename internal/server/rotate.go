package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/ident"
)

// sealedColumn is a column that holds sealed values, and how the place of each is named.
type sealedColumn struct {
	table, column string
	what          string // in the words of the progress line
	place         string // before the county
	prefix        string // before the name
	name          string // the column by whose value the place is named
	text          bool   // the box stands as hex text; "" and what is no hex is not sealed
	list, write   string
	from          [2]any // where the cursor begins
}

var numbers, texts = [2]any{int64(-1), int64(-1)}, [2]any{"", ""}

// sealedColumns are all columns that a change of key must seal anew. A new one belongs here.
var sealedColumns = []sealedColumn{
	{"households", "secret", "户", "household", "", "id", false, sealedHouseholds, resealHousehold, numbers},
	{"persons", "secret", "人", "person", "", "id", false, sealedPersons, resealPerson, numbers},
	{"sealed_values", "box", "签认的敏感值", "sealed", "", "hash", false, sealedValues, resealValue, [2]any{int64(-1), ""}},
	{"import_changes", "was", "撤销导入用的旧值", "was", "", "household", false, sealedChanges, resealChange, numbers},
	{"life_changes", "was", "撤销登记变更用的旧值", "life", "", "household", false, sealedLife, resealLife, numbers},
	{"accounts", "phone", "账号的电话", "account", "", "person", false, sealedPhones, resealPhone, texts},
	{"accounts", "totp", "动态码的密钥", "totp", "", "person", false, sealedCodes, resealCode, texts},
	{"doubts", "say", "疑点", "text", "doubt/", "id", true, sealedDoubts, resealDoubt, numbers},
	{"problems", "say", "问题", "text", "problem/", "id", true, sealedProblems, resealProblem, numbers},
	{"problems", "measures", "整改措施", "text", "problem/", "id", true, sealedMeasures, resealMeasures, numbers},
	{"problems", "result", "整改情况", "text", "problem/", "id", true, sealedResults, resealResult, numbers},
	{"requests", "text", "更正和撤回申请", "text", "request/", "id", true, sealedRequests, resealRequest, numbers},
	{"channels", "box", "消息渠道的地址", "channel", "", "id", false, sealedChannels, resealChannel, texts},
	{"refused_acts", "openings", "未受理的记录", "kept", "", "id", false, sealedRefused, resealRefused, texts},
	{"waiting_acts", "openings", "等待的记录", "kept", "", "id", false, sealedWaiting, resealWaiting, texts},
}

// placeOf is the place for which the box of a row is sealed.
func (s *sealedColumn) placeOf(county, name string) string {
	if s.table == "import_changes" || s.table == "life_changes" { // named by the household's public id, which its key gives
		if key, err := strconv.ParseInt(name, 10, 64); err == nil {
			name = ident.Public("h", key)
		}
	}
	return s.place + "/" + county + "/" + s.prefix + name
}

// rotateBatch is how many rows are sealed anew in one commit.
const rotateBatch = 500

// Rotate gives the county a new sealing key and seals everything anew with it, in the lane and so
// beside a server that goes on working. A run that was broken off is gone on with by the next; until
// the last row is done both keys open. It returns how many values it sealed anew.
func (c *County) Rotate(ctx context.Context, progress func(phase string, done, total int)) (int64, error) {
	if err := c.Keys.Turn(); err != nil {
		return 0, err
	}
	var total int64
	// Another process may seal with the old key until it meets the new one: go round until nothing is stale.
	for {
		var changed int64
		for i := range sealedColumns {
			n, err := c.reseal(ctx, &sealedColumns[i], progress)
			changed += n
			if err != nil {
				return total + changed, err
			}
		}
		total += changed
		if changed == 0 {
			break
		}
	}
	if err := c.Keys.Turned(); err != nil {
		return total, err
	}
	return total, c.Access.Note(ctx, access.Entry{Person: act.System, Post: act.System, Action: access.KeyTurn, Detail: fmt.Sprintf("重新加密 %d 项", total)})
}

type sealedRow struct {
	key  [2]any
	name string
	box  []byte
}

func (c *County) reseal(ctx context.Context, col *sealedColumn, progress func(string, int, int)) (int64, error) {
	at, done, changed := col.from, 0, int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return changed, err
		}
		var rows []sealedRow
		var n int64
		err := c.Lane.Beside(ctx, func(ctx context.Context, tx *database.Tx, _ int64) error {
			var err error
			if rows, err = c.staleRows(ctx, tx, col, at); err != nil {
				return err
			}
			n, err = c.resealRows(ctx, tx, col, rows)
			return err
		})
		if err != nil {
			return changed, err
		}
		changed += n
		if len(rows) == 0 {
			return changed, nil
		}
		at = rows[len(rows)-1].key
		done += len(rows)
		progress(fmt.Sprintf("更换密钥：%s %d", col.what, done), 0, 0)
	}
}

func (c *County) staleRows(ctx context.Context, r database.Reader, col *sealedColumn, after [2]any) ([]sealedRow, error) {
	list, err := r.Query(ctx, col.list, c.Code, after[0], after[1], rotateBatch)
	if err != nil {
		return nil, err
	}
	defer func() { _ = list.Close() }()
	var rows []sealedRow
	for list.Next() {
		var row sealedRow
		if err := list.Scan(&row.key[0], &row.key[1], &row.name, &row.box); err != nil {
			return nil, err
		}
		for i, k := range row.key {
			if b, ok := k.([]byte); ok {
				row.key[i] = string(b)
			}
		}
		row.box = slices.Clone(row.box)
		rows = append(rows, row)
	}
	return rows, list.Err()
}

func (c *County) resealRows(ctx context.Context, tx *database.Tx, col *sealedColumn, rows []sealedRow) (int64, error) {
	var changed int64
	for _, row := range rows {
		box := row.box
		if col.text {
			raw, err := hex.DecodeString(string(box))
			if err != nil {
				return changed, fmt.Errorf("%s %s: %w", col.table, row.name, err)
			}
			box = raw
		}
		if !c.Keys.Stale(box) {
			continue
		}
		fresh, err := c.Keys.Again(col.placeOf(c.Code, row.name), box)
		if err != nil {
			return changed, fmt.Errorf("%s %s: %w", col.table, row.name, err)
		}
		var value any = fresh
		if col.text {
			value = hex.EncodeToString(fresh)
		}
		if _, err := tx.Exec(ctx, col.write, value, c.Code, row.key[0], row.key[1]); err != nil {
			return changed, err
		}
		changed++
	}
	return changed, nil
}
