package canon

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestNormalIsWhatTheLibrarySays holds the quick way to the library: a character that it passes over is in NFC by itself and
// begins anew whatever stands before it.
func TestNormalIsWhatTheLibrarySays(t *testing.T) {
	for r := rune(1); r < 0x10000; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		s := string(r)
		p := norm.NFC.PropertiesString(s)
		if quick := r < 0x80 || r >= 0x4000 && r < 0xA000 || r >= 0x3000 && r < 0x302A || r >= 0xFF00 && r < 0xFF40; quick && (!norm.NFC.IsNormalString(s) || !p.BoundaryBefore()) {
			t.Errorf("%U is not for the quick way", r)
		}
		for _, in := range []string{s, "e" + s, "王" + s, s + "\u0301"} {
			if normal(in) != norm.NFC.IsNormalString(in) {
				t.Errorf("%+q: %v", in, normal(in))
			}
		}
	}
}
