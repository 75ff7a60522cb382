package webapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/errs"
)

// maxActs bounds one batch.
const maxActs = 500

// ActSubmission is a signed act with the openings of its sealed values.
type ActSubmission struct {
	Act  json.RawMessage `json:"act" doc:"the envelope, design contract 1"`
	Open []act.Opening   `json:"open" required:"false"`
}

// Receipt proves that an act was accepted: its place in the log.
type Receipt struct {
	Index      int64  `json:"index"`
	ReceivedAt int64  `json:"receivedAt"`
	Leaf       string `json:"leaf"`
}

// MadeProblem is a problem that an act gave birth to.
type MadeProblem struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Item   string `json:"item"`
	Say    string `json:"say"`
}

// Made is what an act gave birth to.
type Made struct {
	Problems []MadeProblem `json:"problems"`
}

// ActAnswer is one of the four answers.
type ActAnswer struct {
	ID         string   `json:"id"`
	Answer     string   `json:"answer" enum:"accepted,known,waiting,refused"`
	Receipt    *Receipt `json:"receipt,omitempty"`
	WaitingFor []string `json:"waitingFor,omitempty"`
	Code       string   `json:"code,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Made       *Made    `json:"made,omitempty"`
}

// ActAnswers answers a batch.
type ActAnswers struct {
	Answers []ActAnswer `json:"answers"`
	Head    LogHead     `json:"head"`
}

type actsRequest struct {
	RawBody []byte
}

type actsBody struct {
	Acts []ActSubmission `json:"acts"`
}

func (a *API) acts(api huma.API) {
	// The hot path parses its body itself: the framework's validator costs more than the rules.
	huma.Register(api, huma.Operation{OperationID: "submit-acts", Method: "POST", Path: "/api/v1/acts", Summary: "Submit signed acts; each gets one of four answers", DefaultStatus: 200, SkipValidateBody: true,
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromType(api.OpenAPI().Components.Schemas, typeOf[actsBody]())}}}},
		func(ctx context.Context, in *actsRequest) (*body[ActAnswers], error) {
			out, err := a.submit(ctx, in.RawBody)
			if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) { // as the framework answers elsewhere
				return nil, huma.Error400BadRequest("not JSON")
			}
			return answer(out), a.fail(err)
		})
	a.repairs(api)
}

func (a *API) submit(ctx context.Context, raw []byte) (ActAnswers, error) {
	var in actsBody
	if err := json.Unmarshal(raw, &in); err != nil || in.Acts == nil {
		return ActAnswers{}, errs.New(errs.Invalid, "act.batch", "提交的内容不是规定格式，未受理；请更新应用后重新提交。").Because(err)
	}
	if len(in.Acts) > maxActs {
		return ActAnswers{}, errs.Newf(errs.TooLarge, "act.too_many", "一次最多提交 %d 条记录；请分几次提交。", maxActs)
	}
	leave, err := a.Lane.Admit(ctx, len(in.Acts))
	if err != nil {
		return ActAnswers{}, err
	}
	defer leave()
	s, _ := ctx.Value(sessionKey).(account.Session)
	out := ActAnswers{Answers: make([]ActAnswer, len(in.Acts))}
	good := make([]act.Submission, 0, len(in.Acts))
	at := make([]int, 0, len(in.Acts))
	for i, x := range in.Acts {
		one, err := act.Read(x.Act)
		if err != nil {
			kept, kerr := a.Lane.Keep(ctx, s.Person, x.Act, act.ErrEnvelope.Because(err))
			if kerr != nil {
				return out, kerr
			}
			out.Answers[i] = present(kept)
			continue
		}
		one.Open = x.Open
		good, at = append(good, one), append(at, i)
	}
	answers, err := a.Lane.Submit(ctx, s.Person, good...)
	if err != nil {
		return out, err
	}
	for i, x := range answers {
		out.Answers[at[i]] = present(x)
	}
	head, err := act.ReadHead(ctx, a.DB, a.County)
	out.Head = LogHead{head.Size, hex.EncodeToString(head.Root[:])}
	return out, err
}

func present(x act.Answer) ActAnswer {
	out := ActAnswer{ID: x.ID, Answer: string(x.Outcome), WaitingFor: x.WaitingFor, Code: x.Code, Reason: x.Reason}
	if x.Outcome == act.Accepted || x.Outcome == act.Known {
		out.Receipt = &Receipt{x.Index, x.ReceivedAt, hex.EncodeToString(x.Leaf)}
	}
	list, _ := x.Made["problems"].([]any)
	if x.Made != nil {
		out.Made = &Made{Problems: []MadeProblem{}}
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		get := func(k string) string { s, _ := o[k].(string); return s }
		out.Made.Problems = append(out.Made.Problems, MadeProblem{get("id"), get("number"), get("item"), get("say")})
	}
	return out
}
