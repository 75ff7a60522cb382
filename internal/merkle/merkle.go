// Package merkle is a log that only grows: a Merkle tree over record hashes as RFC 6962 has it, its
// hashes kept as tiles in tables of the log's owner, written in the owner's transaction. The county
// has two: its acts, and who looked at what. It knows no table; a Log names the statements.
package merkle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/database"
)

// TileHeight is the height of the stored tiles: 256 hashes of 32 bytes each.
const TileHeight = 8

// Log names the statements by which one log is kept. They take, in this order: ReadHead the county;
// WriteHead county, size, root, instant; ReadTile county, level, number; WriteTile these and the data.
type Log struct{ ReadHead, WriteHead, ReadTile, WriteTile string }

// Hash is a hash of the log.
type Hash = tlog.Hash

// Leaf returns the hash under which a record stands in a log.
func Leaf(record []byte) Hash { return tlog.RecordHash(record) }

// LeafOf is Leaf of a record that lies in parts.
func LeafOf(parts ...[]byte) Hash {
	const leaf = 0 // RFC 6962, 2.1: what a leaf's hash begins with
	h := sha256.New()
	h.Write([]byte{leaf})
	for _, p := range parts {
		h.Write(p)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

type tileKey struct {
	level int
	n     int64
}

// Tree is a log while it grows inside a transaction. It keeps the tiles of the right edge in memory
// and reads older ones when a hash is wanted.
type Tree struct {
	log    Log
	county string
	size   int64
	edge   map[tileKey][]byte
	dirty  map[tileKey]bool
}

// Size returns how many leaves the tree has.
func (t *Tree) Size() int64 { return t.size }

// Clone returns a tree that grows apart from this one.
func (t *Tree) Clone() *Tree {
	c := &Tree{log: t.log, county: t.county, size: t.size, edge: make(map[tileKey][]byte, len(t.edge)), dirty: map[tileKey]bool{}}
	for k, d := range t.edge {
		c.edge[k] = d // tiles only grow; Append copies when it must
	}
	return c
}

// Append adds a leaf hash, and to the levels above the hash of each tile that it fills.
func (t *Tree) Append(leaf Hash) error {
	level, n := 0, t.size
	hash := leaf
	for {
		k := tileKey{level, n >> TileHeight}
		if t.dirty[k] { // the copy is ours already
			t.edge[k] = append(t.edge[k], hash[:]...)
		} else {
			t.edge[k] = append(append(make([]byte, 0, tlog.HashSize<<TileHeight), t.edge[k]...), hash[:]...)
			t.dirty[k] = true
		}
		if (n+1)&(1<<TileHeight-1) != 0 {
			break
		}
		var halves [2]tlog.Hash
		tile := tlog.Tile{H: TileHeight, L: level, N: k.n, W: 1 << TileHeight}
		for i := range halves {
			var err error
			x := tlog.StoredHashIndex(level*TileHeight+TileHeight-1, 2*k.n+int64(i))
			if halves[i], err = tlog.HashFromTile(tile, t.edge[k], x); err != nil {
				return fmt.Errorf("log: %w", err)
			}
		}
		hash, n, level = tlog.NodeHash(halves[0], halves[1]), n>>TileHeight, level+1
	}
	t.size++
	return nil
}

// Save writes what Append changed, with the log's new root, size and instant (Unix ms). A tree that
// did not grow writes nothing.
func (t *Tree) Save(ctx context.Context, tx *database.Tx, at int64) error {
	if len(t.dirty) == 0 {
		return nil
	}
	root, err := t.Root(ctx, tx)
	if err != nil {
		return err
	}
	for k := range t.dirty {
		if err := tx.Put(ctx, t.log.WriteTile, t.county, k.level, k.n, t.edge[k]); err != nil {
			return err
		}
		if len(t.edge[k]) == tlog.HashSize<<TileHeight {
			delete(t.edge, k) // full, and no longer on the edge
		}
	}
	clear(t.dirty)
	err = tx.Put(ctx, t.log.WriteHead, t.county, t.size, root[:], at)
	return err
}

// Root returns the root over all leaves.
func (t *Tree) Root(ctx context.Context, r database.Reader) (Hash, error) {
	if t.size == 0 {
		return Hash{}, nil
	}
	return tlog.TreeHash(t.size, tiles{ctx, r, t.log, t.county, t.edge})
}

// tiles reads hashes for tlog out of the stored tiles.
type tiles struct {
	ctx    context.Context
	r      database.Reader
	log    Log
	county string
	edge   map[tileKey][]byte
}

// ReadHashes serves tlog.HashReader.
func (s tiles) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		tile := tlog.TileForIndex(TileHeight, x)
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
	if err := s.r.QueryRow(s.ctx, s.log.ReadTile, s.county, k.level, k.n).Scan(&d); err != nil {
		return nil, fmt.Errorf("log: tile %d/%d: %w", k.level, k.n, err)
	}
	return d, nil
}

// Load reads the edge of a log of the given size.
func (l Log) Load(ctx context.Context, r database.Reader, county string, size int64) (*Tree, error) {
	t := &Tree{log: l, county: county, size: size, edge: map[tileKey][]byte{}, dirty: map[tileKey]bool{}}
	for level, n := 0, size; n > 0; level, n = level+1, n>>TileHeight {
		if n&(1<<TileHeight-1) == 0 {
			continue // the edge tile of this level is not begun
		}
		k := tileKey{level, n >> TileHeight}
		d, err := tiles{ctx, r, l, county, nil}.tile(k)
		if err != nil {
			return nil, err
		}
		t.edge[k] = d
	}
	return t, nil
}

// Head is a log's size and root, and its latest instant (Unix ms).
type Head struct {
	Size int64
	Root Hash
	At   int64
}

// Head returns the county's head; the zero Head before the first leaf.
func (l Log) Head(ctx context.Context, r database.Reader, county string) (Head, error) {
	var h Head
	var root []byte
	err := r.QueryRow(ctx, l.ReadHead, county).Scan(&h.Size, &root, &h.At)
	if database.Missing(err) {
		return Head{}, nil
	}
	copy(h.Root[:], root)
	return h, err
}

// RootAt returns the root that the log had when it held size leaves.
func (l Log) RootAt(ctx context.Context, r database.Reader, county string, size int64) (Hash, error) {
	if size == 0 {
		return Hash{}, nil
	}
	return tlog.TreeHash(size, tiles{ctx, r, l, county, nil})
}

// Prove returns the proof that the leaf at index stands in the log of the given size.
func (l Log) Prove(ctx context.Context, r database.Reader, county string, size, index int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, index, tiles{ctx, r, l, county, nil})
}

// Recount builds a log anew out of leaves in their order and compares it with what is stored: the
// head, and every tile on the way. Recounted reports what differs, once Add has seen all leaves.
func (l Log) Recount(county string) *Recount {
	return &Recount{log: l, county: county, tree: &Tree{log: l, county: county, edge: map[tileKey][]byte{}, dirty: map[tileKey]bool{}}}
}

// Recount is a log being counted again.
type Recount struct {
	log    Log
	county string
	tree   *Tree
	wrong  []string
}

// Add takes the next leaf. Tiles that are full are compared with the stored ones and let go.
func (c *Recount) Add(ctx context.Context, r database.Reader, leaf Hash) error {
	if err := c.tree.Append(leaf); err != nil {
		return err
	}
	for k, data := range c.tree.edge {
		if len(data) < tlog.HashSize<<TileHeight {
			continue
		}
		if err := c.compare(ctx, r, k, data); err != nil {
			return err
		}
		delete(c.tree.edge, k)
	}
	return nil
}

func (c *Recount) compare(ctx context.Context, r database.Reader, k tileKey, data []byte) error {
	var stored []byte
	err := r.QueryRow(ctx, c.log.ReadTile, c.county, k.level, k.n).Scan(&stored)
	switch {
	case database.Missing(err):
		c.wrong = append(c.wrong, fmt.Sprintf("%d/%d", k.level, k.n))
	case err != nil:
		return err
	case !bytes.Equal(stored, data):
		c.wrong = append(c.wrong, fmt.Sprintf("%d/%d", k.level, k.n))
	}
	return nil
}

// Done compares the edge and returns the size and root of what was added, the head as stored, and
// the tiles ("level/number") that differ.
func (c *Recount) Done(ctx context.Context, r database.Reader) (now, stored Head, wrong []string, err error) {
	for k, data := range c.tree.edge {
		if err = c.compare(ctx, r, k, data); err != nil {
			return now, stored, nil, err
		}
	}
	if stored, err = c.log.Head(ctx, r, c.county); err != nil {
		return now, stored, nil, err
	}
	now.Size = c.tree.size
	if len(c.wrong) == 0 {
		now.Root, err = c.log.RootAt(ctx, r, c.county, now.Size) // over tiles just found equal
	}
	return now, stored, c.wrong, err
}
