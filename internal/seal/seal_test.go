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
