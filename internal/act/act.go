// Package act is a step of the campaign that somebody answers for (notice, part five, two): the
// signed act, the one lane in which a county's acts are applied, and the Merkle log that they form.
// It does not know what any kind of act means; the nouns register their kinds with the Lane.
// It owns acts, log_tiles, log_heads, sealed_values, waiting_acts, waits and refused_acts.
package act

import (
	"encoding/hex"
	"fmt"
	"slices"

	"gonggu/internal/canon"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/seal"
)

// Version of the envelope.
const Version = 1

// Bounds of one act. A sheet with its drawn signature is about 3 KB.
const (
	MaxBytes    = 1 << 20
	MaxAfter    = 64
	MaxSealed   = 500
	maxIDLength = 64
)

// System is the person and post of acts that the product does by itself (the cut-off), and of the
// set-up on the first start, before there is anybody.
const System = "system"

// Act is a signed step (design contract 1): who, in what post, when, on what, having seen what.
// Index, ReceivedAt and Leaf are the server's.
type Act struct {
	ID         string
	County     string
	Kind       string
	Subject    string
	Actor      string // the person
	Post       string // the post that the act is done in
	OnBehalf   canon.Object
	After      []string
	Pack       string
	Seen       string
	Body       canon.Object
	Sealed     []string
	DeviceAt   int64 // Unix ms by the device's clock; a wrong clock never refuses an act
	DeviceMono int64 // ms by the device's monotonic clock
	KeyID      string
	Sig        string

	ReceivedAt int64
	Index      int64
	Leaf       []byte
}

// Opening is the value and salt behind one commitment; it travels beside the act and lies encrypted.
type Opening struct {
	Hash  string `json:"hash"`
	Salt  string `json:"salt"`
	Value string `json:"value"`
}

// Submission is an act as it arrives, with its openings.
type Submission struct {
	Act  *Act
	Open []Opening

	exact []byte // the act's canonical bytes when it was read from them; then Act must stay as it was read

	stored, kept []byte // replay only: what another database holds of the act, plain and packed
}

// Read reads one act from JSON as a submission without openings. The act must not be changed after: when raw is canonical, it is
// what the lane hashes and keeps, and not written again.
func Read(raw []byte) (Submission, error) {
	v, exact, err := canon.ParseExact(raw)
	if err != nil {
		return Submission{}, ErrEnvelope.Because(err)
	}
	o, ok := v.(canon.Object)
	if !ok {
		return Submission{}, ErrEnvelope
	}
	a, err := FromObject(o)
	s := Submission{Act: a}
	if exact {
		s.exact = raw
	}
	return s, err
}

// bytes returns the canonical bytes of the envelope as its author made it.
func (s Submission) bytes() ([]byte, error) {
	if s.exact != nil {
		return s.exact, nil
	}
	return s.Act.Bytes()
}

var (
	// ErrEnvelope: the bytes are no act.
	ErrEnvelope = errs.New(errs.Invalid, "act.malformed", "这条记录的格式不完整，无法受理；原件已保留。请更新应用后重新提交。")
	// ErrSeal: the openings do not match the commitments.
	ErrSeal = errs.New(errs.Invalid, "act.seal_mismatch", "加密的敏感信息与签认时的摘要不一致，未受理；原件已保留。请重新核对后提交。")
)

// FromObject reads an act from its parsed canonical form. What is wrong is named by its field.
func FromObject(o canon.Object) (*Act, error) {
	r := reader{o: o}
	a := &Act{
		ID: r.text("id"), County: r.text("county"), Kind: r.text("kind"), Subject: r.text("subject"), Actor: r.text("actor"), Post: r.text("post"),
		OnBehalf: r.object("on_behalf"), After: r.texts("after", MaxAfter), Pack: r.text("pack"), Seen: r.text("seen"), Body: r.object("body"),
		Sealed: r.texts("sealed", MaxSealed), DeviceAt: r.int("device_at"), DeviceMono: r.int("device_mono"), KeyID: r.text("key_id"), Sig: r.text("sig"),
	}
	if v := r.int("v"); r.err == nil && v != Version {
		r.fail("v", fmt.Sprintf("不认识的版本 %d", v))
	}
	if r.err == nil && (!ident.Valid(a.ID) || len(a.Subject) > maxIDLength) {
		r.fail("id", "编号格式不对")
	}
	if r.err == nil && len(o) != envelopeFields {
		r.fail("", "有不认识的字段")
	}
	if r.err != nil {
		return nil, r.err
	}
	return a, nil
}

const envelopeFields = 17

// Object returns the envelope as its author made it, without what the server adds.
func (a *Act) Object() canon.Object {
	return canon.Object{
		"v": int64(Version), "id": a.ID, "county": a.County, "kind": a.Kind, "subject": a.Subject, "actor": a.Actor, "post": a.Post,
		"on_behalf": orEmpty(a.OnBehalf), "after": a.After, "pack": a.Pack, "seen": a.Seen, "body": orEmpty(a.Body), "sealed": a.Sealed,
		"device_at": a.DeviceAt, "device_mono": a.DeviceMono, "key_id": a.KeyID, "sig": a.Sig,
	}
}

func orEmpty(o canon.Object) canon.Object {
	if o == nil {
		return canon.Object{}
	}
	return o
}

// Bytes returns the canonical bytes of the envelope as its author made it.
func (a *Act) Bytes() ([]byte, error) { return canon.Marshal(a.Object()) }

// Record returns the canonical bytes that are the log's leaf: the envelope and the server's receipt time.
func (a *Act) Record() ([]byte, error) {
	o := a.Object()
	o["received_at"] = a.ReceivedAt
	return canon.Marshal(o)
}

// checkOpenings verifies that every opening matches a commitment that the act names.
func checkOpenings(a *Act, open []Opening) (map[string]Opening, error) {
	by := make(map[string]Opening, len(open))
	for _, o := range open {
		salt, err := hex.DecodeString(o.Salt)
		if err != nil || len(salt) != 32 || seal.Commit(salt, o.Value) != o.Hash || !slices.Contains(a.Sealed, o.Hash) {
			return nil, ErrSeal
		}
		by[o.Hash] = o
	}
	return by, nil
}

// Seen returns the hash of exactly what the signer saw (design contract 2): the form is a sheet's, or the kind of the act.
func Seen(packDigest, form, subject string, rev int64, prefilled, answers canon.Object) (string, error) {
	return canon.Hash(canon.Object{"pack": packDigest, "form": form, "subject": subject, "rev": rev, "prefilled": prefilled, "answers": answers})
}

type reader struct {
	o   canon.Object
	err error
}

func (r *reader) fail(field, why string) {
	if r.err == nil {
		r.err = ErrEnvelope.At(field, why)
	}
}

func (r *reader) text(k string) string {
	s, ok := r.o[k].(string)
	if !ok {
		r.fail(k, "应为文本")
	}
	return s
}

func (r *reader) int(k string) int64 {
	n, ok := r.o[k].(int64)
	if !ok {
		r.fail(k, "应为整数")
	}
	return n
}

func (r *reader) object(k string) canon.Object {
	o, ok := r.o[k].(canon.Object)
	if !ok {
		r.fail(k, "应为对象")
	}
	return o
}

func (r *reader) texts(k string, most int) []string {
	a, ok := r.o[k].([]any)
	if !ok || len(a) > most {
		r.fail(k, "应为文本列表")
		return nil
	}
	out := make([]string, 0, len(a))
	for _, v := range a {
		s, ok := v.(string)
		if !ok {
			r.fail(k, "应为文本列表")
		}
		out = append(out, s)
	}
	return out
}
