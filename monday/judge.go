package monday

import (
	"net/http"

	"github.com/centrala-go/centrala/transport"
)

// maxServerErrors is how often an INTERNAL_SERVER_ERROR is tried: monday also
// gives it for ids and values it cannot digest.
const maxServerErrors = 3

// judgeRead reads the answer to a query.
func judgeRead(r *transport.Response) transport.Verdict {
	f := parseFrame(r.Body)
	if f.hasEffect() && r.Status < http.StatusMultipleChoices {
		if c, _ := worst(f.errors, r.Status); c.result != transport.ResultRetry {
			return transport.Verdict{RequestID: f.requestID, Cost: f.cost()} // data, and possibly errors beside it
		}
	}
	return judgeFrame(r, f)
}

// judgeMutation reads the answer to a mutation. When a root field came back,
// something took effect: the request must not be sent again as a whole,
// whatever errors stand beside it.
func judgeMutation(r *transport.Response) transport.Verdict {
	f := parseFrame(r.Body)
	if f.hasEffect() && r.Status < http.StatusMultipleChoices {
		return transport.Verdict{RequestID: f.requestID, Cost: f.cost()}
	}
	return judgeFrame(r, f)
}

func judgeFrame(r *transport.Response, f frame) transport.Verdict {
	v := transport.Verdict{RequestID: f.requestID, Wait: f.wait, Cost: f.cost()}
	switch {
	case len(f.errors) > 0:
		judgeErrors(r, f, &v)
	case r.Status >= http.StatusMultipleChoices:
		c := classOfStatus(r.Status)
		v.Result, v.Kind = c.result, c.kind
	case f.data != nil:
		// every root field is null and nothing is wrong: an empty answer
	default:
		v.Result, v.Kind = transport.ResultUnclear, transport.ErrUnavailable
		v.Message = "the answer is not a GraphQL answer"
	}
	return v
}

// judgeBatch reads the answer to a batch. When every problem belongs to an item
// and none leaves it open what happened, the request has been dealt with: what
// met a limit is sent again by itself and under another key.
func judgeBatch(r *transport.Response) transport.Verdict {
	v := judgeMutation(r)
	if r.Status >= http.StatusMultipleChoices || (v.Result != transport.ResultRetry && v.Result != transport.ResultRefused) {
		return v
	}
	if f := parseFrame(r.Body); perItem(f.errors, maxBatch) {
		return transport.Verdict{RequestID: f.requestID, Cost: f.cost()}
	}
	return v
}

func judgeErrors(r *transport.Response, f frame, v *transport.Verdict) {
	c, p := worst(f.errors, r.Status)
	if c == broken && r.Unsettled && r.Attempts >= maxServerErrors {
		c.result = transport.ResultRefused
	}
	if replayed(r) && (c.result == transport.ResultRetry || c.result == transport.ResultUnclear && r.Unsettled) {
		c.result = transport.ResultRefused // under this key the answer stays what it is
	}
	v.Result, v.Kind, v.Code, v.Message = c.result, c.kind, p.Code, p.Message
}
