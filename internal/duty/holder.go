package duty

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/database"
)

// Holder returns who holds a post that has not ended. Code: duty.no_post.
func Holder(ctx context.Context, r database.Reader, county, post string) (Actor, error) {
	a, until, err := loadPost(ctx, r, county, post)
	if err == nil && until != 0 {
		err = ErrNoPost
	}
	return a, err
}

// Holders returns the posts that have not ended, hold one of the duties, and lie in a place or in one above it, by place.
func Holders(ctx context.Context, r database.Reader, county, area string, duties ...Duty) ([]Actor, error) {
	w := &database.Where{}
	w.And("p.county = ?", county).And("p.until_at = 0").And("(p.area >= ? AND p.area < ?) OR p.area = ? OR p.area = ? OR p.area = ?", area, area+"~", county, TownshipOf(area), VillageOf(area))
	list, err := holders(ctx, r, w)
	return slices.DeleteFunc(list, func(a Actor) bool {
		return !slices.ContainsFunc(a.Duties, func(d Duty) bool { return slices.Contains(duties, d) })
	}), err
}

// Names returns who holds or held the posts, by post: for showing rows that name them.
func Names(ctx context.Context, r database.Reader, county string, posts []string) (map[string]Actor, error) {
	out := make(map[string]Actor, len(posts))
	posts = slices.Compact(slices.Sorted(slices.Values(posts)))
	for len(posts) > 0 {
		n := min(len(posts), 200)
		w := &database.Where{}
		w.And("p.county = ?", county).And("p.id IN ("+database.In(n)+")", database.Anys(posts[:n])...)
		list, err := holders(ctx, r, w)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			out[a.Post] = a
		}
		posts = posts[n:]
	}
	return out, nil
}

func holders(ctx context.Context, r database.Reader, w *database.Where) ([]Actor, error) {
	q, args := w.SQL(holdersOf, "ORDER BY p.area, p.idx, p.id")
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (a Actor, err error) {
		var duties string
		err = r.Scan(&a.Post, &a.Person, &a.Name, &a.Title, &a.Unit, &a.UnitName, &a.UnitKind, &a.Area, &duties)
		a.UnitCode = a.Unit
		for _, d := range strings.Split(duties, ",") {
			a.Duties = append(a.Duties, Duty(d))
		}
		return a, err
	})
}
