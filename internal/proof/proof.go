// Package proof is one act's proof, to be carried away and checked on another machine with no database: the
// record, its place in the log, the hashes from its leaf to the root, and the root signed with the log's key.
// There is one file format: canonical JSON and a line feed, so that no byte of it can be another.
package proof

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// format names the file and its version.
const format = "gonggu-proof/1"

// maxFile bounds what Check reads: an act is at most 1 MB.
const maxFile = 4 << 20

// Errors of this package.
var (
	ErrSize = errs.New(errs.Invalid, "proof.size", "这条记录在给出的日志长度之后，不能用那时的日志根证明；请改用更晚的日报所印的长度。")
	ErrFile = errs.New(errs.Invalid, "proof.file", "不是完整的证明文件，或文件被改动")
	ErrKey  = errs.New(errs.Invalid, "proof.key", "公钥不对")
	ErrSign = errs.New(errs.Invalid, "proof.signature", "日志根的签名不对：日志根、记录条数或签名被改动，或不是用这个公钥签的")
	ErrLeaf = errs.New(errs.Invalid, "proof.record", "记录内容与记录摘要不一致：记录内容或摘要被改动")
	ErrPath = errs.New(errs.Invalid, "proof.path", "从这条记录算不出所签的日志根：记录内容、序号、条数或验证路径被改动")
)

// more adds to an error's message what a reader can look for.
func more(e *errs.Error, format string, args ...any) error {
	return errs.New(e.Kind, e.Code, e.Message+"："+fmt.Sprintf(format, args...))
}

// Name returns the name under which a county's log signs.
func Name(county string) string { return "gonggu/" + county }

// Head returns the signed note over the log's size and root: name, size, root in base64, a line each.
func Head(county string, size int64, root tlog.Hash, signer note.Signer) (string, error) {
	text := Name(county) + "\n" + strconv.FormatInt(size, 10) + "\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n"
	msg, err := note.Sign(&note.Note{Text: text}, signer)
	return string(msg), err
}

// OpenHead checks a signed head against the log's public key and returns its size and root. Code: proof.signature, proof.key.
func OpenHead(county, msg, key string) (int64, tlog.Hash, error) {
	var root tlog.Hash
	v, err := note.NewVerifier(key)
	if err != nil || v.Name() != Name(county) {
		return 0, root, ErrKey.Because(err)
	}
	n, err := note.Open([]byte(msg), note.VerifierList(v))
	if err != nil {
		return 0, root, ErrSign.Because(err)
	}
	return readHead(n.Text, county)
}

// ReadHead reads size and root of a head without asking who signed it. Code: proof.signature.
func ReadHead(msg, county string) (int64, tlog.Hash, error) {
	text, _, _ := strings.Cut(msg, "\n\n")
	return readHead(strings.TrimSuffix(text, "\n")+"\n", county)
}

func readHead(text, county string) (int64, tlog.Hash, error) {
	var root tlog.Hash
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != Name(county) {
		return 0, root, ErrSign
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	b, err2 := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || err2 != nil || len(b) != tlog.HashSize || strconv.FormatInt(size, 10) != lines[1] {
		return 0, root, ErrSign
	}
	copy(root[:], b)
	return size, root, nil
}

// Make returns the proof file of an act in the log of the given size; size 0 is the log as it stands. Give the size that
// a report prints, and the proof leads to the root on paper. Codes: act.not_found, proof.size.
func Make(ctx context.Context, r database.Reader, county, id string, size int64, signer note.Signer, key string) ([]byte, error) {
	a, err := act.ByID(ctx, r, county, id)
	if err != nil {
		return nil, err
	}
	head, err := act.ReadHead(ctx, r, county)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		size = head.Size
	}
	if a.Index >= size || size > head.Size {
		return nil, ErrSize
	}
	root, err := act.RootAt(ctx, r, county, size)
	if err != nil {
		return nil, err
	}
	path, err := act.Prove(ctx, r, county, size, a.Index)
	if err != nil {
		return nil, err
	}
	record, err := a.Record()
	if err != nil {
		return nil, err
	}
	leaf := tlog.RecordHash(record)
	if err := tlog.CheckRecord(path, size, root, a.Index, leaf); err != nil {
		return nil, errs.New(errs.Conflict, "proof.log", "这条记录与日志不一致，不能出具证明；请先运行 gonggu verify。").Because(err)
	}
	signed, err := Head(county, size, root, signer)
	if err != nil {
		return nil, err
	}
	hashes := make([]string, len(path))
	for i, h := range path {
		hashes[i] = hex.EncodeToString(h[:])
	}
	whole := a.Object()
	whole["received_at"] = a.ReceivedAt
	out, err := canon.Marshal(canon.Object{"format": format, "county": county, "index": a.Index, "size": size, "record": whole,
		"leaf": hex.EncodeToString(leaf[:]), "path": hashes, "head": signed, "key": key})
	return append(out, '\n'), err
}

// Proven is what a proof file shows.
type Proven struct {
	County      string   `json:"county"`
	Index       int64    `json:"index"`
	Size        int64    `json:"size"`
	Root        string   `json:"root"`
	Leaf        string   `json:"leaf"`
	Path        []string `json:"path"`        // hex, from the leaf up to the root
	Fingerprint string   `json:"fingerprint"` // of the log's public key, as reports print it
	Act         *act.Act `json:"-"`
}

// Fingerprint returns the first 16 hex digits of a public key's hash, as reports print it.
func Fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// Check checks a proof file with nothing but the log's public key, or its printed fingerprint. Whatever byte of
// the file was changed, it is refused with what differs. Codes: proof.file, proof.key, proof.signature, proof.record, proof.path.
func Check(file []byte, key string) (*Proven, error) {
	f, err := parse(file)
	if err != nil {
		return nil, err
	}
	if key = strings.TrimSpace(key); key != f.key && !strings.EqualFold(key, Fingerprint(f.key)) {
		return nil, more(ErrKey, "文件里的公钥指纹是 %s，不是给出的那一个", Fingerprint(f.key))
	}
	size, root, err := OpenHead(f.county, f.head, f.key)
	if err != nil {
		return nil, err
	}
	if size != f.size {
		return nil, more(ErrPath, "文件写的条数是 %d，所签的是 %d", f.size, size)
	}
	leaf := tlog.RecordHash(f.record)
	if hex.EncodeToString(leaf[:]) != f.leaf {
		return nil, ErrLeaf
	}
	if err := tlog.CheckRecord(f.path, size, root, f.index, leaf); err != nil {
		return nil, ErrPath.Because(err)
	}
	a, at, err := act.ReadRecord(f.record)
	if err != nil || a.County != f.county {
		return nil, ErrFile.Because(err)
	}
	a.Index, a.ReceivedAt, a.Leaf = f.index, at, leaf[:]
	path := make([]string, len(f.path))
	for i, h := range f.path {
		path[i] = hex.EncodeToString(h[:])
	}
	return &Proven{County: f.county, Index: f.index, Size: size, Root: hex.EncodeToString(root[:]), Leaf: f.leaf, Path: path, Fingerprint: Fingerprint(f.key), Act: a}, nil
}

type parsed struct {
	county, leaf, head, key string
	index, size             int64
	record                  []byte
	path                    tlog.RecordProof
}

func parse(file []byte) (*parsed, error) {
	if len(file) > maxFile {
		return nil, ErrFile
	}
	v, err := canon.Parse(file)
	if err != nil {
		return nil, ErrFile.Because(err)
	}
	o, ok := v.(canon.Object)
	if !ok || o["format"] != format || len(o) != 9 {
		return nil, ErrFile
	}
	if again, err := canon.Marshal(o); err != nil || !bytes.Equal(append(again, '\n'), file) {
		return nil, more(ErrFile, "排版或空格与规范格式不同")
	}
	f := &parsed{}
	var is [7]bool
	f.county, is[0] = o["county"].(string)
	f.leaf, is[1] = o["leaf"].(string)
	f.head, is[2] = o["head"].(string)
	f.key, is[3] = o["key"].(string)
	f.index, is[4] = o["index"].(int64)
	f.size, is[5] = o["size"].(int64)
	hashes, isList := o["path"].([]any)
	is[6] = isList && f.index >= 0 && f.size > f.index
	for _, ok := range is {
		if !ok {
			return nil, ErrFile
		}
	}
	for _, x := range hashes {
		s, _ := x.(string)
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != tlog.HashSize || strings.ToLower(s) != s {
			return nil, more(ErrFile, "验证路径的格式不对")
		}
		f.path = append(f.path, tlog.Hash(b))
	}
	f.record, err = canon.Marshal(o["record"])
	return f, err
}
