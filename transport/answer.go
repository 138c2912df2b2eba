package transport

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"
)

// answer reads and judges an answer.
func (k *call) answer(resp *http.Response) {
	k.anySent = true
	r := &Response{Status: resp.StatusCode, Header: resp.Header, Attempts: k.attempts, Unsettled: k.unsettled}
	body, err := readBody(resp, k.req.Method, k.client.set.maxResponse)
	r.Body = body
	k.last.resp = r
	if err != nil {
		k.unreadable(r, err)
		return
	}
	k.last.verdict = k.judge()(r)
	k.hint(resp.Header)
	if k.last.verdict.RequestID == "" {
		k.last.verdict.RequestID = resp.Header.Get("X-Request-Id")
	}
	switch k.last.verdict.Result {
	case ResultUnclear:
		k.unsettled = true
	case ResultDone:
		k.unsettled = false
	default: // what was unsettled stays so
	}
}

// hint takes the longer of the judge's wait and the header's.
func (k *call) hint(h http.Header) {
	v := &k.last.verdict
	if h.Get("Retry-After") != "" {
		v.Wait = max(v.Wait, RetryAfter(h, time.Now()))
	}
	v.Wait = min(v.Wait, maxHint)
}

func (k *call) judge() JudgeFunc {
	if k.op.Judge != nil {
		return k.op.Judge
	}
	return k.client.cfg.Judge
}

// judgesBodies says that a 2xx alone does not mean success.
func (k *call) judgesBodies() bool { return k.op.Judge != nil || k.client.judgesBodies }

// unreadable judges an answer whose body broke off or is too large. The status
// alone decides only where it may: for a judge that looks into bodies a 200
// can be a failure.
func (k *call) unreadable(r *Response, err error) {
	k.last.err = k.red().err(err)
	v := Verdict{Result: ResultUnclear, Kind: ErrUnavailable}
	switch status := JudgeStatus(r); {
	case status.Result == ResultRefused:
		v = status
	case status.Result == ResultDone && !k.judgesBodies():
		k.took = true
		k.last.stop = !k.op.Safety.repeatable()
	}
	if errors.Is(err, ErrTooLarge) {
		v.Kind, k.last.stop = ErrTooLarge, true
	}
	k.last.verdict = v
	k.hint(r.Header)
	if v.Result == ResultUnclear {
		k.unsettled = true
	}
}

// maxAhead is the largest body that is believed to come, and made room for.
const maxAhead = 1 << 20

// readBody reads the answer whole, up to limit bytes.
func readBody(resp *http.Response, method string, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	if resp.Body == http.NoBody || method == http.MethodHead {
		return nil, nil
	}
	n := resp.ContentLength
	if n < 0 || n > min(limit, maxAhead) {
		body, err := readUnsized(resp.Body, limit)
		if err == nil && int64(len(body)) < n {
			err = io.ErrUnexpectedEOF
		}
		return body, err
	}
	// One byte more than there should be, so that the end is seen.
	body := make([]byte, n+1)
	got, err := io.ReadFull(resp.Body, body)
	switch {
	case err == nil && n == limit: // a RoundTripper that does not know its own length
		return body[:n], tooLarge(limit)
	case err == nil:
		rest, err := readUnsized(resp.Body, limit-n-1)
		return append(body, rest...), err
	case int64(got) < n && (err == io.EOF || err == io.ErrUnexpectedEOF): // io.ReadFull returns them bare
		return body[:got], io.ErrUnexpectedEOF
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return body[:n:n], nil
	}
	return body[:got], err
}

func readUnsized(r io.Reader, limit int64) ([]byte, error) {
	limit = min(limit, math.MaxInt64-1) // one more is asked for
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return body[:limit], tooLarge(limit)
	}
	return body, err
}

func tooLarge(limit int64) error { return fmt.Errorf("answer over %d bytes: %w", limit, ErrTooLarge) }
