package twilio

import (
	"encoding/json"

	"github.com/centrala-go/centrala/transport"
)

// answer is a call whose answer is a message. Its judge has to decode the
// message to know that it is one, and keeps it.
type answer struct {
	op   transport.Op
	wire wireMessage
}

// expect makes the answer's operation out of op.
func (a *answer) expect(op *transport.Op) *transport.Op {
	a.op = *op
	a.op.Judge = a.judge
	return &a.op
}

// judge is the package's judge for answers where success is a message with a
// SID: a page of a proxy with status 200 proves nothing.
func (a *answer) judge(r *transport.Response) transport.Verdict {
	v := judge(r)
	if v.Result != transport.ResultDone {
		return v
	}
	a.wire = wireMessage{}
	if err := json.Unmarshal(r.Body, &a.wire); err != nil || a.wire.SID == "" {
		v.Result, v.Kind, v.Message = transport.ResultUnclear, transport.ErrUnavailable, "a success without a message"
	}
	return v
}
