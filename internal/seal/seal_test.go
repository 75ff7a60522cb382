package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gonggu/internal/seal"
)

func TestASealedValueOpensOnlyInItsPlaceAndWithItsKeys(t *testing.T) {
	k, other := seal.FromSeed("a"), seal.FromSeed("b")
	box := k.Seal("person/1", []byte("990000197001010018"))
	if bytes.Contains(box, []byte("1970")) {
		t.Fatal("the value can be read")
	}
	if plain, err := k.Open("person/1", box); err != nil || string(plain) != "990000197001010018" {
		t.Fatal(string(plain), err)
	}
	if _, err := k.Open("person/2", box); err == nil {
		t.Error("moved to another row it must not open")
	}
	if _, err := other.Open("person/1", box); err == nil {
		t.Error("other keys must not open it")
	}
	box[len(box)-1] ^= 1
	if _, err := k.Open("person/1", box); err == nil {
		t.Error("changed it must not open")
	}
	if !bytes.Equal(k.Seal("x", []byte("v")), k.Seal("x", []byte("v"))) || bytes.Equal(k.Seal("x", []byte("v")), k.Seal("y", []byte("v"))) {
		t.Error("a rebuild gives the same bytes in the same place, and only there")
	}
	if bytes.Equal(k.Blind("id", "1"), other.Blind("id", "1")) || bytes.Equal(k.Blind("id", "1"), k.Blind("phone", "1")) {
		t.Error("a blind value must depend on key and kind")
	}
}

func TestTheKeyFileIsMadeOnceAndIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "seal.json")
	first, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("p", first.Seal("p", []byte("v"))); err != nil || string(plain) != "v" {
		t.Fatal("the file gives other keys the second time", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte(`{"keys":{"1":"00"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Load(path); err == nil {
		t.Error("a damaged key file must not be taken for a good one")
	}
}

// A turn to a new key: what was sealed still opens, another process that holds the old file meets the
// new key by itself, and a turn that was begun is gone on with.
func TestATurnToANewKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "seal.json")
	k, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	old := k.Seal("row/1", []byte("value"))
	for range 2 { // begun, broken off, begun again: one new key
		if err := k.Turn(); err != nil {
			t.Fatal(err)
		}
	}
	fresh, err := k.Again("row/1", old)
	if err != nil || !k.Stale(old) || k.Stale(fresh) || fresh[1] != 2 {
		t.Fatalf("%v %v", fresh, err)
	}
	if same, err := k.Again("row/1", fresh); err != nil || !bytes.Equal(same, fresh) {
		t.Error("a box under the key in force changed")
	}
	if _, err := k.Again("row/2", old); err == nil {
		t.Error("a box was sealed anew for another place")
	}
	if plain, err := other.Open("row/1", fresh); err != nil || string(plain) != "value" {
		t.Errorf("the process with the old file: %q %v", plain, err)
	}
	if other.Stale(fresh) {
		t.Error("having met the new key it goes on sealing with the old")
	}
	if err := k.Turned(); err != nil {
		t.Fatal(err)
	}
	again, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, box := range [][]byte{old, fresh} {
		if plain, err := again.Open("row/1", box); err != nil || string(plain) != "value" {
			t.Errorf("%q %v", plain, err)
		}
	}
	if !bytes.Equal(k.Blind("a", "b"), again.Blind("a", "b")) || !bytes.Equal(k.Salt("a", "b"), again.Salt("a", "b")) {
		t.Error("what is found blind moved with the key")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := seal.FromSeed("x").Turn(); err == nil {
		t.Error("keys without a file turned")
	}
}
