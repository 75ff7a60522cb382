package inspection_test

import (
	"encoding/hex"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/seal"
)

// phones are the open doubts of a household about a shared phone; the count on its row must agree with its doubts.
func (s *stage) phones(h *roster.Household) int {
	s.t.Helper()
	list, err := inspection.DoubtsOf(s.t.Context(), s.DB, "411624", h.Key)
	if err != nil {
		s.t.Fatal(err)
	}
	open, shared := int64(0), 0
	for _, d := range list {
		if d.State != inspection.Open {
			continue
		}
		open++
		if d.Rule == "data-phone-shared" {
			shared++
		}
	}
	if now := s.load(h.Key); now.Doubts != open {
		s.t.Errorf("household %s counts %d doubts, %d are open", h.ID, now.Doubts, open)
	}
	return shared
}

func (s *stage) answerPhone(h *roster.Household, phone string) {
	s.t.Helper()
	value, salt := `"`+phone+`"`, make([]byte, 32)
	salt[5] = byte(len(phone))
	hash := seal.Commit(salt, value)
	s.sealed, s.openings = []string{hash}, []act.Opening{{Hash: hash, Salt: hex.EncodeToString(salt), Value: value}}
	s.must("li", s.sheet("li", s.load(h.Key), canon.Object{"h": canon.Object{"phone": canon.Object{"~": hash}}}))
	s.sealed, s.openings = nil, nil
}

// One sheet is enough: nobody waits for the next import.
func aPhoneThatTwoHouseholdsShareIsADoubtOfBothUntilItIsPutRight(t *testing.T, s *stage) {
	a, b := s.household(plain), s.household(plain)
	s.answerPhone(a, "15400007001")
	s.answerPhone(b, "15400007002")
	if s.phones(a) != 0 || s.phones(b) != 0 {
		t.Fatal("two phones of two households are a doubt")
	}
	s.answerPhone(b, "15400007001")
	if s.phones(a) != 1 || s.phones(b) != 1 {
		t.Fatalf("one phone of two households: %d and %d doubts", s.phones(a), s.phones(b))
	}
	s.answerPhone(b, "15400007003")
	if s.phones(a) != 0 || s.phones(b) != 0 {
		t.Fatalf("put right: %d and %d doubts are left", s.phones(a), s.phones(b))
	}
	if v, err := s.Verify(t.Context(), func(string, int, int) {}); err != nil || len(v.Faults) > 0 {
		t.Error(err, v)
	}
}
