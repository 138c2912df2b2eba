package monday

import (
	"errors"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// Meta is what an answer says about itself.
type Meta struct {
	// RequestID is monday's name for the request, for their support.
	RequestID string
	// APIVersion is the version that monday used, "" when it did not say.
	APIVersion string
	// Fallback says that monday used another version than the one asked for.
	Fallback bool
	// Replayed says that the answer is that of an earlier request with the same
	// idempotency key.
	Replayed bool
	// Attempts is how many times the request was sent or tried.
	Attempts int
	// Complexity is what monday says about the points of this minute, as far as
	// it does.
	Complexity transport.Budget
	// Warnings are monday's remarks about the document, deprecations above all.
	Warnings []string
}

func metaOf(resp *transport.Response, f frame, asked string) Meta {
	used := resp.Header.Get("Api-Version")
	return Meta{
		RequestID:  toldBy(resp, f).requestID,
		APIVersion: used,
		Fallback:   used != "" && used != asked,
		Replayed:   replayed(resp),
		Attempts:   resp.Attempts,
		Complexity: transport.BudgetFromHeader(resp.Header, "complexityMinute", time.Now()),
		Warnings:   f.warnings,
	}
}

// replayed reports whether monday repeats the answer to an earlier request.
func replayed(resp *transport.Response) bool {
	return resp.Header.Get("Idempotency-Replayed") == "true"
}

// noting returns the operation with a judge that fills meta with what each
// answer says, so that the last one is known when the call fails too.
func noting(op *transport.Op, meta *Meta, asked string) *transport.Op {
	if meta == nil {
		return op
	}
	*meta = Meta{}
	noting := *op
	noting.Judge = func(r *transport.Response) transport.Verdict {
		*meta = metaOf(r, parseFrame(r.Body), asked)
		return op.Judge(r)
	}
	return &noting
}

// orNew is for methods that want to know what an answer says in any case.
func (m *Meta) orNew() *Meta {
	if m == nil {
		return new(Meta)
	}
	return m
}

// failed completes what the last answer said, if there was one.
func (m *Meta) failed(err error) {
	if e, ok := errors.AsType[*Error](err); ok && m != nil {
		m.Attempts = e.Attempts()
		m.RequestID = orElse(m.RequestID, e.RequestID)
	}
}
