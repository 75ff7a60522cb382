package server_test

import (
	"slices"
	"testing"
)

// indexed: a replay without the indexes that nobody reads by walks no table that it would not walk with them.
func (s *stage) indexed(t *testing.T) {
	unlike, left, err := s.county.Unlike(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range unlike {
		t.Error(text)
	}
	for _, name := range []string{"persons_name", "persons_initials", "households_owner", "problems_state", "problems_item"} {
		if !slices.Contains(left, name) {
			t.Errorf("the replay made the index %s, which costs much and which it did not read by", name)
		}
	}
}
