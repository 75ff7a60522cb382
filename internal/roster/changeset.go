package roster

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"gonggu/internal/assess"
	"gonggu/internal/canon"
	"gonggu/internal/files"
	"gonggu/internal/intake"
	"gonggu/internal/seal"
)

// A change set is what an import says, normalised: one canonical line a household. Sensitive values
// stand in it as one commitment a row ("~"); their openings lie encrypted in a second file. A
// rebuild replays these two, never the workbook (design contract 8).

// chunkLines is how many households' openings are encrypted together.
const chunkLines = 256

// incoming is a household as an import brings it.
type incoming struct {
	Number, Area, Group, Head string
	Facts                     assess.Facts
	Kept                      map[string]string
	Members                   []incomingMember
}

type incomingMember struct {
	Number, Name string
	Facts        assess.Facts
}

// changeWriter writes a change set.
type changeWriter struct {
	keys   *seal.Keys
	row    string // names the import in the salts
	sens   Sensitive
	plain  *files.Writer
	zip    *zstd.Encoder
	secret *files.Writer
	chunk  []any
	chunks int
	lines  int
}

func newChangeWriter(store files.Store, keys *seal.Keys, row string, sens Sensitive) (*changeWriter, error) {
	plain, err := store.Create()
	if err != nil {
		return nil, err
	}
	secret, err := store.Create()
	if err != nil {
		plain.Discard()
		return nil, err
	}
	zip, err := zstd.NewWriter(plain, zstd.WithEncoderConcurrency(1))
	return &changeWriter{keys: keys, row: row, sens: sens, plain: plain, zip: zip, secret: secret}, err
}

// add writes one household.
func (w *changeWriter) add(h *intake.Household) error {
	salt := func(part string) []byte { return w.keys.Salt(w.row, strconv.Itoa(w.lines)+"/"+part) }
	facts := assess.Facts(h.Facts)
	kept := keptOf(h)
	members, secrets := []any{}, []any{}
	for i, m := range h.Members {
		open, hidden := halves(m.Facts, w.sens.m)
		line := canon.Object{"number": m.Number, "name": m.Name, "facts": open}
		if err := commit(line, hidden, salt("m"+strconv.Itoa(i))); err != nil {
			return err
		}
		members, secrets = append(members, line), append(secrets, hidden)
	}
	open, hidden := halves(facts, w.sens.h)
	own := canon.Object{}
	if len(hidden) > 0 {
		own["v"] = hidden
	}
	if len(kept) > 0 {
		own["kept"] = kept
	}
	line := canon.Object{"number": h.Number, "area": h.Area, "group": h.Group, "head": h.Head, "facts": open, "members": members}
	if err := commit(line, own, salt("h")); err != nil {
		return err
	}
	b, err := canon.Marshal(line)
	if err != nil {
		return err
	}
	if _, err := w.zip.Write(append(b, '\n')); err != nil {
		return err
	}
	w.lines++
	w.chunk = append(w.chunk, canon.Object{"h": own, "m": secrets})
	if len(w.chunk) == chunkLines {
		return w.flush()
	}
	return nil
}

// keptAddress is the label under which an address is kept beside the record.
const keptAddress = "家庭住址"

// keptOf gathers what an import says of a household that no fact takes, by label; a member's bears his name.
func keptOf(h *intake.Household) map[string]string {
	kept := map[string]string{}
	for k, v := range h.Unknown {
		kept[k] = v
	}
	for _, m := range h.Members {
		for k, v := range m.Unknown {
			kept[k+"（"+m.Name+"）"] = v
		}
	}
	if h.Address != "" {
		kept[keptAddress] = h.Address
	}
	return kept
}

func halves(facts assess.Facts, sealed map[string]string) (open, hidden canon.Object) {
	open, hidden = canon.Object{}, canon.Object{}
	for k, v := range facts {
		if sealed[k] != "" {
			hidden[k] = v
		} else {
			open[k] = v
		}
	}
	return open, hidden
}

func commit(line, hidden canon.Object, salt []byte) error {
	if len(hidden) == 0 {
		return nil
	}
	b, err := canon.Marshal(hidden)
	if err != nil {
		return err
	}
	line["~"] = seal.Commit(salt, string(b))
	return nil
}

func (w *changeWriter) flush() error {
	if len(w.chunk) == 0 {
		return nil
	}
	b, err := canon.Marshal(w.chunk)
	if err != nil {
		return err
	}
	box := w.keys.Seal(chunkPlace(w.row, w.chunks), b)
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(box)))
	if _, err := w.secret.Write(n[:]); err != nil {
		return err
	}
	if _, err := w.secret.Write(box); err != nil {
		return err
	}
	w.chunks++
	w.chunk = w.chunk[:0]
	return nil
}

func chunkPlace(row string, n int) string { return "openings/" + row + "/" + strconv.Itoa(n) }

// commit makes both files durable and returns their hashes.
func (w *changeWriter) commit() (changeSet, openings string, err error) {
	if err := w.flush(); err != nil {
		return "", "", err
	}
	if err := w.zip.Close(); err != nil {
		return "", "", err
	}
	if changeSet, err = w.plain.Commit(); err != nil {
		return "", "", err
	}
	openings, err = w.secret.Commit()
	return changeSet, openings, err
}

func (w *changeWriter) discard() {
	_ = w.zip.Close()
	w.plain.Discard()
	w.secret.Discard()
}

// readChangeSet gives every household of a change set to fn, with its line number, and verifies
// every commitment on the way.
func readChangeSet(store files.Store, keys *seal.Keys, row, changeSet, openings string, fn func(int, *incoming) error) error {
	plain, err := store.Open(changeSet)
	if err != nil {
		return fmt.Errorf("change set: %w", err)
	}
	defer func() { _ = plain.Close() }()
	secret, err := store.Open(openings)
	if err != nil {
		return fmt.Errorf("openings: %w", err)
	}
	defer func() { _ = secret.Close() }()
	zip, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer zip.Close()
	lines := bufio.NewReaderSize(zip, 1<<20)
	chunks := bufio.NewReaderSize(secret, 1<<20)
	var chunk []any
	for n := 0; ; n++ {
		b, err := lines.ReadBytes('\n')
		if err == io.EOF && len(b) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("change set line %d: %w", n+1, err)
		}
		if n%chunkLines == 0 {
			if chunk, err = readChunk(chunks, keys, chunkPlace(row, n/chunkLines)); err != nil {
				return err
			}
		}
		if n%chunkLines >= len(chunk) {
			return fmt.Errorf("change set line %d has no openings", n+1)
		}
		in, err := joinLine(b, chunk[n%chunkLines], func(part string) []byte { return keys.Salt(row, strconv.Itoa(n)+"/"+part) })
		if err != nil {
			return fmt.Errorf("change set line %d: %w", n+1, err)
		}
		if err := fn(n, in); err != nil {
			return err
		}
	}
}

func readChunk(r io.Reader, keys *seal.Keys, at string) ([]any, error) {
	box, err := readBox(r)
	if err != nil {
		return nil, err
	}
	return openChunk(keys, at, box)
}

func readBox(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, fmt.Errorf("openings: %w", err)
	}
	size := binary.BigEndian.Uint32(n[:])
	if size > 256<<20 {
		return nil, fmt.Errorf("openings: a chunk of %d bytes", size)
	}
	box := make([]byte, size)
	if _, err := io.ReadFull(r, box); err != nil {
		return nil, fmt.Errorf("openings: %w", err)
	}
	return box, nil
}

func openChunk(keys *seal.Keys, at string, box []byte) ([]any, error) {
	plain, err := keys.Open(at, box)
	if err != nil {
		return nil, fmt.Errorf("openings: %w", err)
	}
	v, err := canon.Parse(plain)
	if err != nil {
		return nil, err
	}
	a, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("openings: not a list")
	}
	return a, nil
}

func joinLine(b []byte, opened any, salt func(string) []byte) (*incoming, error) {
	v, err := canon.Parse(b)
	if err != nil {
		return nil, err
	}
	line, _ := v.(canon.Object)
	secrets, _ := opened.(canon.Object)
	in := &incoming{Number: str(line, "number"), Area: str(line, "area"), Group: str(line, "group"), Head: str(line, "head")}
	own, _ := secrets["h"].(canon.Object)
	if err := verify(line, own, salt("h")); err != nil {
		return nil, err
	}
	hidden, _ := own["v"].(canon.Object)
	in.Facts = factsOf(line["facts"], hidden)
	if kept, ok := own["kept"].(canon.Object); ok {
		in.Kept = map[string]string{}
		for k := range kept {
			in.Kept[k] = str(kept, k)
		}
	}
	members, _ := line["members"].([]any)
	boxes, _ := secrets["m"].([]any)
	if len(boxes) != len(members) {
		return nil, fmt.Errorf("openings do not fit")
	}
	for i, x := range members {
		m, _ := x.(canon.Object)
		hidden, _ := boxes[i].(canon.Object)
		if err := verify(m, hidden, salt("m"+strconv.Itoa(i))); err != nil {
			return nil, err
		}
		in.Members = append(in.Members, incomingMember{str(m, "number"), str(m, "name"), factsOf(m["facts"], hidden)})
	}
	return in, nil
}

func verify(line, hidden canon.Object, salt []byte) error {
	want := canon.Object{}
	if err := commit(want, hidden, salt); err != nil {
		return err
	}
	if line["~"] != want["~"] {
		return fmt.Errorf("a sealed value does not match its commitment")
	}
	return nil
}

func factsOf(open any, hidden canon.Object) assess.Facts {
	out := assess.Facts{}
	o, _ := open.(canon.Object)
	for _, m := range []canon.Object{o, hidden} {
		for k, v := range m {
			out[k] = Plain(v)
		}
	}
	return out
}

func str(o canon.Object, k string) string {
	s, _ := o[k].(string)
	return s
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(b)
}
