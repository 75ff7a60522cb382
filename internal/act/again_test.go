package act

import (
	"bytes"
	"testing"
)

// What another database holds of an act is taken over as it is packed there only while it is what the act says.
func TestAnActThatWasChangedIsPackedAnew(t *testing.T) {
	old := []byte("packed elsewhere")
	s := Submission{stored: []byte(`{"a":1}`), kept: old}
	if !bytes.Equal(s.packed([]byte(`{"a":1}`)), old) {
		t.Error("packed again")
	}
	if raw, err := unpack(s.packed([]byte(`{"a":2}`))); err != nil || string(raw) != `{"a":2}` {
		t.Errorf("%s %v", raw, err)
	}
}
