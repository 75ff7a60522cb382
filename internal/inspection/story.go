package inspection

import (
	"context"
	"database/sql"

	"gonggu/internal/database"
)

// Sheet is a sheet of a household as its story shows it.
type Sheet struct {
	Index        int64
	ID           string
	Post         string
	Inspector    string // the post that answers for it
	DoneOn       string
	ReportedOn   string
	ReceivedAt   int64
	ClockDoubt   bool
	Stale        bool
	Unchanged    bool
	SupersededBy int64
}

// SheetsOf returns the sheets of a household, newest first.
func SheetsOf(ctx context.Context, r database.Reader, county string, household int64) ([]Sheet, error) {
	rows, err := r.Query(ctx, sheetsOf, county, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (s Sheet, err error) {
		var clock, stale, unchanged int64
		err = r.Scan(&s.Index, &s.ID, &s.Post, &s.Inspector, &s.DoneOn, &s.ReportedOn, &s.ReceivedAt, &clock, &stale, &unchanged, &s.SupersededBy)
		s.ClockDoubt, s.Stale, s.Unchanged = clock != 0, stale != 0, unchanged != 0
		return s, err
	})
}
