package transport

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// net/http sends some requests again by itself. On HTTP/1 that is what it has
// not written yet, and what [replayed] and [hasIdempotencyKey] name. On HTTP/2
// it is every request with a body it can rewind, or none, that the vendor
// refused (REFUSED_STREAM, or a GOAWAY that leaves the stream out), which is
// harmless, or ended with PROTOCOL_ERROR, which may have taken effect. This
// file keeps it from repeating what may not be repeated; the loop then repeats
// what was provably not processed.

// protocol is the version of HTTP that a client's newest connection speaks.
type protocol = uint32

const (
	http1 protocol = iota + 1 // 0 before the first connection
	http2
)

// mayReplay reports whether net/http may be given the means to send the
// request again: always if it is repeatable, and else on HTTP/1 only. Before
// the first connection nothing is lost by no: a new one is not replayed on
// HTTP/1.
func (k *call) mayReplay() bool {
	return k.op.Safety.repeatable() || k.client.speaks.Load() == http1
}

// guardEmpty gives a request without a body one that net/http cannot rewind,
// if it must not be replayed. On HTTP/1 it would send such a POST in chunks,
// which some servers refuse; there it does not replay it either.
func (k *call) guardEmpty(out *http.Request) {
	if !k.op.Safety.repeatable() && (replayed(out.Method) || k.client.speaks.Load() == http2) {
		out.Body = readOnce{}
	}
}

// replayed reports whether net/http by itself sends a request again when a
// reused HTTP/1 connection breaks after the request went out.
func replayed(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// readOnce is an empty body that net/http cannot rewind.
type readOnce struct{}

func (readOnce) Read([]byte) (int, error) { return 0, io.EOF }
func (readOnce) Close() error             { return nil }

// refusedStream reports whether err means that the vendor did not process the
// HTTP/2 stream, as RFC 9113 defines it (sections 8.7 and 6.8): it refused the
// stream, or said GOAWAY with a last stream before this one, or closed a new
// connection before there was a stream. net/http tells it in words, of its own
// alone, when it could not send the request again itself.
func refusedStream(err error) bool {
	text := stripURL(err).Error()
	if text == "http2: client conn could not be established" { // before the first stream had a number
		return true
	}
	if code, ok := strings.CutPrefix(text, "http2: Transport received GOAWAY from server ErrCode:"); ok {
		return !strings.Contains(code, " ")
	}
	text, ok := strings.CutPrefix(text, "http2: Transport: cannot retry err [")
	text, also := strings.CutSuffix(text, "] after Request.Body was written; define Request.GetBody to avoid this error")
	if !ok || !also {
		return false
	}
	if text == "http2: Transport received Server's graceful shutdown GOAWAY" {
		return true
	}
	id, ok := strings.CutPrefix(text, "stream error: stream ID ")
	id, also = strings.CutSuffix(id, "; REFUSED_STREAM; received from peer")
	_, bad := strconv.ParseUint(id, 10, 31)
	return ok && also && bad == nil
}
