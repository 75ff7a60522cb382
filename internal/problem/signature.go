package problem

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
)

// Step is what a signature of a problem is for (notice, part five, two).
type Step string

// The steps. 谁排查谁签字, 谁整改谁签字, 谁督查谁签字; claiming, verifying and closing are signed likewise.
const (
	StepInspect   Step = "inspect"
	StepClaim     Step = "claim"
	StepRectify   Step = "rectify"
	StepVerify    Step = "verify"
	StepClose     Step = "close"
	StepSupervise Step = "supervise"
)

// drawn reports whether the step needs a drawn signature, or the paper that a clerk types in.
func (s Step) drawn() bool { return s == StepInspect || s == StepRectify || s == StepSupervise }

// signedHand checks that a hand stands under what was seen: either strokes, or a sheet of paper of which a clerk names signer and scan.
func signedHand(a *act.Act) error {
	sig, _ := a.Body["signature"].(canon.Object)
	strokes, _ := sig["strokes"].([]any)
	if of, _ := sig["of"].(string); of != a.Seen || (len(strokes) == 0) == (len(a.OnBehalf) == 0) {
		return ErrHand
	}
	if len(a.OnBehalf) == 0 {
		return nil
	}
	signer, _ := a.OnBehalf["signer"].(string)
	scan, _ := a.OnBehalf["scan"].(string)
	if n := len([]rune(strings.TrimSpace(signer))); n < 2 || n > 40 {
		return ErrSigner
	}
	if sum, err := hex.DecodeString(scan); err != nil || len(sum) != sha256.Size || strings.ToLower(scan) != scan {
		return ErrScan
	}
	return nil
}

// Signed is one signature. Voided is the log index of the act that changed what was signed, 0 while it stands; Why says in words what happened.
type Signed struct {
	Index  int64
	Step   Step
	Hand   Hand
	Post   string
	Voided int64
	Why    string
}

// voidedBy says why signatures no longer stand after an act of a kind.
var voidedBy = map[string]string{KindOrder: "已重新交办，须重新认领", KindClaim: "认领内容已修改", KindRectify: "整改情况已重新填写签认", KindReturn: "整改被退回", KindReopen: "问题反弹", KindAmend: "问题内容已更正，须重新签认"}

// Signatures returns everything that was signed of a problem after it was found, in order; the finding itself is signed by the act that bore it.
func Signatures(ctx context.Context, r database.Reader, county string, key int64) ([]Signed, error) {
	rows, err := r.Query(ctx, signaturesOf, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (x Signed, err error) {
		return x, r.Scan(&x.Index, &x.Step, &x.Hand.Person, &x.Post, &x.Hand.Unit, &x.Hand.Kind, &x.Voided, &x.Why)
	})
}

// SignaturesAmong returns the signatures of several problems as Signatures does, by row key.
func SignaturesAmong(ctx context.Context, r database.Reader, county string, keys []int64) (map[int64][]Signed, error) {
	out := map[int64][]Signed{}
	for part := range slices.Chunk(keys, 200) {
		w := &database.Where{}
		w.And("county = ?", county).And("problem IN ("+database.In(len(part))+")", database.Anys(part)...)
		q, args := w.SQL(signaturesAmong, "ORDER BY problem, idx")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		if _, err := database.Collect(rows, func(r *sql.Rows) (x Signed, err error) {
			var key int64
			if err = r.Scan(&key, &x.Index, &x.Step, &x.Hand.Person, &x.Post, &x.Hand.Unit, &x.Hand.Kind, &x.Voided, &x.Why); err == nil {
				out[key] = append(out[key], x)
			}
			return x, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// declinedBy returns the units that have said that a problem is not theirs, in order.
func declinedBy(ctx context.Context, r database.Reader, county string, key int64) ([]string, error) {
	rows, err := r.Query(ctx, declinesOf, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (u string, err error) { return u, r.Scan(&u) })
}
