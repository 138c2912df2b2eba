package sendgrid

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/centrala-go/centrala/transport"
)

// The rate headers, in the form in which net/http keeps them.
const (
	remainingHeader = "X-Ratelimit-Remaining"
	resetHeader     = "X-Ratelimit-Reset"
	messageIDHeader = "X-Message-Id"
)

// judge reads an answer by its status, except that 401 also means a used-up
// quota, and that the wait after 429 stands in X-RateLimit-Reset.
func judge(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	v.RequestID = first(r.Header, messageIDHeader)
	if v.Result == transport.ResultDone {
		return v
	}
	answer := decodeProblems(r.Body)
	v.Message = answer.String()
	switch {
	case r.Status == http.StatusUnauthorized && strings.Contains(strings.ToLower(v.Message), "maximum credits exceeded"):
		v.Kind = transport.ErrQuota
	case r.Status == http.StatusTooManyRequests:
		v.Wait = untilReset(r.Header, time.Now())
	}
	return v
}

// judgeSend is judge for sending mail, where success has an empty body: a page
// of a proxy with status 200 proves nothing.
func judgeSend(r *transport.Response) transport.Verdict {
	v := judge(r)
	if v.Result == transport.ResultDone && v.RequestID == "" && len(bytes.TrimSpace(r.Body)) > 0 {
		v.Result, v.Kind, v.Message = transport.ResultUnclear, transport.ErrUnavailable, "a success that is not SendGrid's"
	}
	return v
}

// untilReset reads the reset header, which is absolute, by the vendor's own
// clock where it tells the time.
func untilReset(h http.Header, now time.Time) time.Duration {
	reset, err := strconv.ParseInt(strings.TrimSpace(first(h, resetHeader)), 10, 64)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(first(h, "Date")); err == nil {
		now = date
	}
	return transport.Seconds(float64(reset) - float64(now.UnixMilli())/1000)
}

// first reads a header whose name is canonical already.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// longestPause bounds what a header can make a client wait before sending.
const longestPause = time.Minute

// pace keeps away from SendGrid while its headers say that nothing is left.
type pace struct{ *transport.Bucket }

func newPace() pace { return pace{transport.NewBucket(rate.Inf, 1)} }

// Settle learns from the answer's headers.
func (p pace) Settle(permit transport.Permit, f transport.Feedback) {
	if first(f.Header, remainingHeader) == "0" {
		f.Throttled, f.Wait = true, max(f.Wait, untilReset(f.Header, time.Now()))
	}
	f.Wait = min(f.Wait, longestPause)
	p.Bucket.Settle(permit, f)
}

// problems is the body of a refusal.
type problems struct {
	ID     string    `json:"id"`
	Errors []Problem `json:"errors"`
}

// String joins the messages, each with the field it is about.
func (p problems) String() string {
	var b strings.Builder
	for i, e := range p.Errors {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Message)
		if e.Field != "" {
			b.WriteString(" (" + e.Field + ")")
		}
	}
	return b.String()
}

// decodeProblems reads what it can: bodies may be empty, HTML or cut short.
func decodeProblems(body []byte) problems {
	var p problems
	if json.Unmarshal(body, &p) != nil {
		return problems{}
	}
	for i := range p.Errors {
		if p.Errors[i].Field == "null" {
			p.Errors[i].Field = ""
		}
	}
	return p
}
