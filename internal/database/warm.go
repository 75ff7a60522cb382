package database

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Warm reads an SQLite file once from its beginning to its end, so that the system holds it in memory: a disk gives a county in a minute in
// a row and takes a millisecond or more for each page out of it. A file of more than half of the memory that is free is left alone; so is
// everything where the system does not say how much that is (only Linux does). It returns the bytes read.
func (db *DB) Warm(ctx context.Context) (int64, error) {
	if db.engine != SQLite {
		return 0, nil
	}
	info, err := os.Stat(db.where)
	if err != nil {
		return 0, fmt.Errorf("warm: %w", err)
	}
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil || info.Size() > available(meminfo)/2 {
		return 0, nil
	}
	f, err := os.Open(db.where)
	if err != nil {
		return 0, fmt.Errorf("warm: %w", err)
	}
	defer func() { _ = f.Close() }()
	var read int64
	for buf := make([]byte, 1<<20); ; {
		n, err := f.Read(buf)
		read += int64(n)
		switch {
		case err == io.EOF:
			return read, nil
		case err != nil:
			return read, fmt.Errorf("warm: %w", err)
		case ctx.Err() != nil:
			return read, nil
		}
	}
}

// available reads out of /proc/meminfo how many bytes a program could have, 0 when it does not say.
func available(meminfo []byte) int64 {
	for line := range bytes.Lines(meminfo) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == "MemAvailable:" {
			kb, _ := strconv.ParseInt(string(f[1]), 10, 64)
			return kb * 1024
		}
	}
	return 0
}
