package act

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/database"
)

// tileHeight is the height of the stored tiles: 256 hashes of 32 bytes each.
const tileHeight = 8

type tileKey struct {
	level int
	n     int64
}

// tree is the Merkle log while it grows inside a transaction. It keeps the tiles of the right edge
// in memory and reads older ones when a hash is wanted.
type tree struct {
	county string
	size   int64
	edge   map[tileKey][]byte
	dirty  map[tileKey]bool
}

func (t *tree) clone() *tree {
	c := &tree{county: t.county, size: t.size, edge: make(map[tileKey][]byte, len(t.edge)), dirty: map[tileKey]bool{}}
	for k, d := range t.edge {
		c.edge[k] = d // tiles only grow; append copies when it must
	}
	return c
}

// append adds a leaf hash, and to the levels above the hash of each tile that it fills.
func (t *tree) append(leaf tlog.Hash) error {
	level, n := 0, t.size
	hash := leaf
	for {
		k := tileKey{level, n >> tileHeight}
		t.edge[k] = append(t.edge[k][:len(t.edge[k]):len(t.edge[k])], hash[:]...)
		t.dirty[k] = true
		if (n+1)&(1<<tileHeight-1) != 0 {
			break
		}
		var halves [2]tlog.Hash
		tile := tlog.Tile{H: tileHeight, L: level, N: k.n, W: 1 << tileHeight}
		for i := range halves {
			var err error
			x := tlog.StoredHashIndex(level*tileHeight+tileHeight-1, 2*k.n+int64(i))
			if halves[i], err = tlog.HashFromTile(tile, t.edge[k], x); err != nil {
				return fmt.Errorf("log: %w", err)
			}
		}
		hash, n, level = tlog.NodeHash(halves[0], halves[1]), n>>tileHeight, level+1
	}
	t.size++
	return nil
}

// tiles reads hashes for tlog out of the stored tiles.
type tiles struct {
	ctx    context.Context
	r      database.Reader
	county string
	edge   map[tileKey][]byte
}

// ReadHashes serves tlog.HashReader.
func (s tiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		tile := tlog.TileForIndex(tileHeight, x)
		data, err := s.tile(tileKey{tile.L, tile.N})
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("log: tile %d/%d is short", tile.L, tile.N)
		}
		if out[i], err = tlog.HashFromTile(tile, data[:tile.W*tlog.HashSize], x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s tiles) tile(k tileKey) ([]byte, error) {
	if d, ok := s.edge[k]; ok {
		return d, nil
	}
	var d []byte
	if err := s.r.QueryRow(s.ctx, readTile, s.county, k.level, k.n).Scan(&d); err != nil {
		return nil, fmt.Errorf("log: tile %d/%d: %w", k.level, k.n, err)
	}
	return d, nil
}

func (t *tree) root(ctx context.Context, r database.Reader) (tlog.Hash, error) {
	if t.size == 0 {
		return tlog.Hash{}, nil
	}
	return tlog.TreeHash(t.size, tiles{ctx, r, t.county, t.edge})
}

// store writes what append changed and drops the tiles that are full and no longer on the edge.
func (t *tree) store(ctx context.Context, tx *database.Tx) error {
	for k := range t.dirty {
		if _, err := tx.Exec(ctx, writeTile, t.county, k.level, k.n, t.edge[k]); err != nil {
			return err
		}
		if len(t.edge[k]) == tlog.HashSize<<tileHeight {
			delete(t.edge, k)
		}
	}
	clear(t.dirty)
	return nil
}

// load reads the edge of a log of the given size.
func loadTree(ctx context.Context, r database.Reader, county string, size int64) (*tree, error) {
	t := &tree{county: county, size: size, edge: map[tileKey][]byte{}, dirty: map[tileKey]bool{}}
	for level, n := 0, size; n > 0; level, n = level+1, n>>tileHeight {
		if n&(1<<tileHeight-1) == 0 {
			continue // the edge tile of this level is not begun
		}
		k := tileKey{level, n >> tileHeight}
		d, err := tiles{ctx, r, county, nil}.tile(k)
		if err != nil {
			return nil, err
		}
		t.edge[k] = d
	}
	return t, nil
}

// Head is the log's size and root, and the latest receipt time (Unix ms).
type Head struct {
	Size       int64
	Root       tlog.Hash
	ReceivedAt int64
}

// ReadHead returns the county's head; the zero Head before the first act.
func ReadHead(ctx context.Context, r database.Reader, county string) (Head, error) {
	var h Head
	var root []byte
	err := r.QueryRow(ctx, readHead, county).Scan(&h.Size, &root, &h.ReceivedAt)
	if database.Missing(err) {
		return Head{}, nil
	}
	copy(h.Root[:], root)
	return h, err
}

// RootAt returns the root that the log had when it held size acts.
func RootAt(ctx context.Context, r database.Reader, county string, size int64) (tlog.Hash, error) {
	if size == 0 {
		return tlog.Hash{}, nil
	}
	return tlog.TreeHash(size, tiles{ctx, r, county, nil})
}

// Prove returns the proof that the act at index stands in the log of the given size.
func Prove(ctx context.Context, r database.Reader, county string, size, index int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, index, tiles{ctx, r, county, nil})
}
