package expr

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestADayIsWhatTheStandardLibraryTakesForOne tries texts that are days or nearly so.
func TestADayIsWhatTheStandardLibraryTakesForOne(t *testing.T) {
	same := func(t interface{ Errorf(string, ...any) }, s string) {
		want, err := time.Parse("2006-01-02", s)
		d, bad := day(s)
		if (err != nil) != (bad != nil) || err == nil && d.midnight() != want.Unix() {
			t.Errorf("%q: %v %v, want %v %v", s, d, bad, want, err)
		}
	}
	for _, year := range []string{"0000", "1900", "2000", "2021", "2024", "9999"} {
		for n := range 1400 {
			md := []byte("-00-00")
			md[1], md[2] = byte('0'+n/1000), byte('0'+n/100%10)
			md[4], md[5] = byte('0'+n/10%10), byte('0'+n%10)
			same(t, year+string(md))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		same(t, rapid.StringMatching(`[0-9+ -]{3,4}[0-9][-/ ]?[0-9 ]{1,2}-[0-9+ ]{1,2}[0-9T]?`).Draw(t, "day"))
	})
}
