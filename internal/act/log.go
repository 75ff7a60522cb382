package act

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/database"
	"gonggu/internal/merkle"
)

// acts is the log of the acts.
var acts = merkle.Log{ReadHead: readHead, WriteHead: writeHead, ReadTile: readTile, WriteTile: writeTile}

// Head is the log's size and root, and the latest receipt time (Unix ms).
type Head struct {
	Size       int64
	Root       tlog.Hash
	ReceivedAt int64
}

// ReadHead returns the county's head; the zero Head before the first act.
func ReadHead(ctx context.Context, r database.Reader, county string) (Head, error) {
	h, err := acts.Head(ctx, r, county)
	return Head{h.Size, h.Root, h.At}, err
}

// RootAt returns the root that the log had when it held size acts.
func RootAt(ctx context.Context, r database.Reader, county string, size int64) (tlog.Hash, error) {
	return acts.RootAt(ctx, r, county, size)
}

// Prove returns the proof that the act at index stands in the log of the given size.
func Prove(ctx context.Context, r database.Reader, county string, size, index int64) (tlog.RecordProof, error) {
	return acts.Prove(ctx, r, county, size, index)
}
