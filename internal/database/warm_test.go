package database

import "testing"

func TestTheFreeMemoryIsReadOutOfWhatTheSystemSays(t *testing.T) {
	for text, want := range map[string]int64{
		"MemTotal:       24689764 kB\nMemFree:          233876 kB\nMemAvailable:   20123456 kB\n": 20123456 * 1024,
		"MemTotal:       24689764 kB\n": 0, "": 0, "MemAvailable: x kB\n": 0, "MemAvailable:\n": 0,
	} {
		if got := available([]byte(text)); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}
