package transport

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// jsonType is shared by all calls: net/http only reads it.
var jsonType = []string{"application/json"}

// fill puts the call's header into h; the credential is added per attempt.
func (k *call) fill(h http.Header) {
	maps.Copy(h, k.client.header)
	if k.req.hasBody() {
		h["Content-Type"] = jsonType
		if k.req.ContentType != "" {
			h["Content-Type"] = []string{k.req.ContentType}
		}
	}
	if k.op.Safety == Keyed {
		h.Set(k.op.KeyHeader, k.req.Key)
	}
	maps.Copy(h, k.req.Header)
}

// headers spares attempts a header map of their own when they send what an
// earlier attempt has sent. A map goes to one attempt at a time. Once it has
// been lent nothing of this package writes into it, because net/http may look
// at a request that has been answered; and it is lent again only if what lies
// below has not written into it either. Clients with middleware, which is
// where such writing belongs, lend nothing.
type headers struct {
	drafts sync.Pool    // of http.Header: empty, never handed on
	idle   [2]sync.Pool // of *lent: for requests without and with a body
	off    atomic.Bool  // nothing is lent
}

// lent is a header map that goes from attempt to attempt.
type lent struct {
	given http.Header // to the attempt
	was   http.Header // a copy that nobody else sees
}

// lends reports whether other calls are likely to send the same header.
func (k *call) lends() bool {
	return !k.client.headers.off.Load() && k.op.Safety != Keyed && len(k.req.Header) == 0
}

// draft returns a map in which the header of an attempt is put together.
func (h *headers) draft() http.Header {
	if d, ok := h.drafts.Get().(http.Header); ok {
		return d
	}
	return make(http.Header, 8)
}

// tear takes a draft back.
func (h *headers) tear(draft http.Header) {
	clear(draft)
	h.drafts.Put(draft)
}

// lend returns a map that holds what wanted holds.
func (h *headers) lend(wanted http.Header, hasBody bool) *lent {
	if l, ok := h.shelf(hasBody).Get().(*lent); ok && sameHeader(l.was, wanted) {
		return l
	}
	return &lent{given: wanted.Clone(), was: wanted.Clone()}
}

// giveBack takes a map back from an attempt that has been answered.
func (h *headers) giveBack(l *lent, hasBody bool) {
	switch {
	case l == nil:
	case sameHeader(l.was, l.given):
		h.shelf(hasBody).Put(l)
	default:
		h.off.Store(true)
	}
}

func (h *headers) shelf(hasBody bool) *sync.Pool {
	if hasBody {
		return &h.idle[1]
	}
	return &h.idle[0]
}

func sameHeader(a, b http.Header) bool { return maps.EqualFunc(a, b, slices.Equal) }
