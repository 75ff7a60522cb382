package roster

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
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
	words  *words
	plain  *files.Writer
	zip    *zstd.Encoder
	secret *files.Writer
	chunk  []byte // the openings of the lines since the last chunk, a list that is not at its end
	chunks int
	lines  int

	line, open, hidden []byte // room used again
	err                error
}

func newChangeWriter(store files.Store, keys *seal.Keys, row string, words *words) (*changeWriter, error) {
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
	return &changeWriter{keys: keys, row: row, words: words, plain: plain, zip: zip, secret: secret}, err
}

// add writes one household: canonical JSON, put together in the order of its keys rather than sorted each time. Its openings are
// written beside it, for the commitments in the line are made of their bytes.
func (w *changeWriter) add(h *intake.Household) error {
	first := byte(',')
	if len(w.chunk) == 0 {
		first = '['
	}
	w.chunk = append(append(w.chunk, first), `{"h":`...)
	w.line = append(w.line[:0], '{')
	w.text(`"area":`, h.Area)
	commitment := w.own(h)
	w.line = append(append(w.line, `,"facts":`...), w.open...)
	w.text(`,"group":`, h.Group)
	w.text(`,"head":`, h.Head)
	w.line, w.chunk = append(w.line, `,"members":`...), append(w.chunk, `,"m":`...)
	next := byte('[')
	for i := range h.Members {
		w.line, w.chunk = append(w.line, next), append(w.chunk, next)
		w.member(i, &h.Members[i])
		next = ','
	}
	if len(h.Members) == 0 {
		w.line, w.chunk = append(w.line, '['), append(w.chunk, '[')
	}
	w.line, w.chunk = append(w.line, ']'), append(w.chunk, "]}"...)
	w.text(`,"number":`, h.Number)
	w.line = append(append(w.line, commitment...), "}\n"...)
	if w.err != nil {
		return w.err
	}
	if _, err := w.zip.Write(w.line); err != nil {
		return err
	}
	if w.lines++; w.lines%chunkLines == 0 {
		return w.flush()
	}
	return nil
}

// own writes what is sealed of the household itself and returns what commits to it.
func (w *changeWriter) own(h *intake.Household) string {
	w.split(w.words.h, h.Facts)
	from := len(w.chunk)
	w.chunk = append(w.chunk, '{')
	if kept := keptOf(h); len(kept) > 0 {
		w.pair(`"kept":`, kept)
	}
	if !empty(w.hidden) {
		if w.chunk[len(w.chunk)-1] != '{' {
			w.chunk = append(w.chunk, ',')
		}
		w.chunk = append(append(w.chunk, `"v":`...), w.hidden...)
	}
	w.chunk = append(w.chunk, '}')
	return w.commitment(w.chunk[from:], "h")
}

func (w *changeWriter) member(i int, m *intake.Member) {
	w.split(w.words.m, m.Facts)
	w.chunk = append(w.chunk, w.hidden...)
	w.line = append(append(w.line, `{"facts":`...), w.open...)
	w.text(`,"name":`, m.Name)
	w.text(`,"number":`, m.Number)
	w.line = append(append(w.line, w.commitment(w.hidden, "m"+strconv.Itoa(i))...), '}')
}

// commitment is what stands in the line for sealed values: nothing when there are none.
func (w *changeWriter) commitment(hidden []byte, part string) string {
	if empty(hidden) {
		return ""
	}
	return `,"~":"` + seal.Commit(w.keys.Salt(w.row, strconv.Itoa(w.lines)+"/"+part), string(hidden)) + `"`
}

// text, pair and split keep the first error for add.
func (w *changeWriter) text(key, s string) {
	line, err := canon.AppendText(append(w.line, key...), s)
	if err == nil {
		w.line = line
	}
	w.err = cmp.Or(w.err, err)
}

func (w *changeWriter) pair(key string, v any) {
	chunk, err := appendPair(w.chunk, key, v)
	if err == nil {
		w.chunk = chunk
	}
	w.err = cmp.Or(w.err, err)
}

func (w *changeWriter) split(words wordList, facts assess.Facts) {
	open, hidden, err := words.halves(w.open[:0], w.hidden[:0], facts)
	if err == nil {
		w.open, w.hidden = open, hidden
	}
	w.err = cmp.Or(w.err, err)
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

func (w *changeWriter) flush() error {
	if len(w.chunk) == 0 {
		return nil
	}
	box := w.keys.Seal(chunkPlace(w.row, w.chunks), append(w.chunk, ']'))
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

// scanChangeSet gives every line of a change set to fn, with its number and its openings; joinLine makes a household of them.
func scanChangeSet(store files.Store, keys *seal.Keys, row, changeSet, openings string, fn func(n int, line []byte, opened any) error) error {
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
		if err := fn(n, b, chunk[n%chunkLines]); err != nil {
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
	if len(members) > 0 {
		in.Members = make([]incomingMember, len(members))
	}
	for i, x := range members {
		m, _ := x.(canon.Object)
		hidden, _ := boxes[i].(canon.Object)
		if err := verify(m, hidden, salt("m"+strconv.Itoa(i))); err != nil {
			return nil, err
		}
		in.Members[i] = incomingMember{str(m, "number"), str(m, "name"), factsOf(m["facts"], hidden)}
	}
	return in, nil
}

func verify(line, hidden canon.Object, salt []byte) error {
	if len(hidden) == 0 {
		if line["~"] == nil {
			return nil
		}
		return errCommitment
	}
	var room [1 << 10]byte
	b, err := canon.Append(room[:0], hidden)
	if err != nil {
		return err
	}
	if line["~"] != seal.Commit(salt, string(b)) {
		return errCommitment
	}
	return nil
}

var errCommitment = errors.New("a sealed value does not match its commitment")

// factsOf joins the open and the sealed facts in the open half's own map: nobody else may hold it.
func factsOf(open any, hidden canon.Object) assess.Facts {
	out, _ := open.(canon.Object)
	if out == nil {
		out = assess.Facts{}
	}
	for k, v := range out {
		if list, ok := v.([]any); ok {
			out[k] = Plain(list)
		}
	}
	for k, v := range hidden {
		out[k] = Plain(v)
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
