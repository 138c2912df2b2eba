package transport

import (
	"net/http"
	"net/url"
	"strings"
)

// check refuses a request that could not be sent or not be kept safe, and
// fills in what follows from it. Nothing has been sent when it fails.
func (k *call) check() error {
	op, req := k.op, &k.req
	if req.Method == "" {
		req.Method = http.MethodGet
		if req.hasBody() {
			req.Method = http.MethodPost
		}
	}
	if !token(req.Method) {
		return Invalid(op.Name, "Method", "%q is not an HTTP method", req.Method)
	}
	if op.Safety == LookUp && req.LookUp == nil {
		return Invalid(op.Name, "LookUp", "is nil for a look-up operation")
	}
	if err := checkHeader(op.Name, req.Header); err != nil {
		return err
	}
	if err := k.checkKey(); err != nil {
		return err
	}
	if err := k.client.target(&k.url, op, req); err != nil {
		return err
	}
	k.withAuth = k.client.cfg.Authorize != nil && k.client.own(&k.url)
	return nil
}

// attemptLimit is how many attempts there may be.
func (k *call) attemptLimit() int {
	limit := k.client.set.maxAttempts
	if k.op.MaxAttempts > 0 {
		limit = min(limit, k.op.MaxAttempts)
	}
	if o := callOptionsOf(k.caller); o != nil && o.MaxAttempts > 0 {
		limit = min(limit, o.MaxAttempts)
	}
	if k.foreign != nil && k.foreign.readOnce() {
		limit = 1
	}
	return limit
}

// checkKey demands a key where the operation lives by it, and refuses the
// headers by which net/http replays a POST on its own where nothing makes
// that safe.
func (k *call) checkKey() error {
	if k.op.Safety == Keyed {
		if err := k.takeKey(); err != nil {
			return err
		}
		switch {
		case k.req.Key == "" || k.op.KeyHeader == "":
			return Invalid(k.op.Name, "Key", "is empty for a keyed operation")
		case !fieldValue(k.req.Key):
			return Invalid(k.op.Name, "Key", "has characters that a header cannot carry")
		}
		return nil
	}
	if k.op.Safety.repeatable() {
		return nil
	}
	if hasIdempotencyKey(k.req.Header) || hasIdempotencyKey(k.client.header) {
		return Invalid(k.op.Name, "Header", "holds an Idempotency-Key, with which net/http resends by itself; only keyed operations may")
	}
	return nil
}

// hasIdempotencyKey looks for the headers that make net/http replay a POST.
func hasIdempotencyKey(h http.Header) bool {
	return h["Idempotency-Key"] != nil || h["X-Idempotency-Key"] != nil
}

// checkHeader refuses names and values that net/http would refuse later.
// Values stay out of the error: they may be secret.
func checkHeader(op string, h http.Header) error {
	for name, values := range h {
		if !token(name) {
			return Invalid(op, "Header", "has the name %q, which is not a token", name)
		}
		for _, v := range values {
			if !fieldValue(v) {
				return Invalid(op, "Header["+name+"]", "has a control character")
			}
		}
	}
	return nil
}

// token reports whether s is a token of RFC 9110.
func token(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

func fieldValue(s string) bool {
	for _, c := range []byte(s) {
		if (c < ' ' && c != '\t') || c == 0x7f {
			return false
		}
	}
	return true
}

// target builds the request's URL.
func (c *Client) target(u *url.URL, op *Op, req *Request) error {
	*u = *c.base
	if req.URL != "" {
		abs, err := url.Parse(req.URL)
		switch {
		case err != nil || abs.Host == "" || (abs.Scheme != "http" && abs.Scheme != "https"):
			return Invalid(op.Name, "URL", "is not an absolute http or https URL")
		case abs.User != nil:
			return Invalid(op.Name, "URL", "holds user information")
		}
		*u = *abs
	} else if problem := appendPath(u, req.Path); problem != "" {
		return Invalid(op.Name, "Path", problem)
	}
	if len(req.Query) > 0 {
		addQuery(u, req.Query.Encode())
	}
	return nil
}

// appendPath adds an escaped path, which may bring a query along; it returns
// what is wrong with it.
func appendPath(u *url.URL, path string) (problem string) {
	path, query, _ := strings.Cut(path, "?")
	plain, err := url.PathUnescape(path)
	switch {
	case err != nil:
		return "is not a valid path"
	case plain != "" && plain[0] != '/':
		return "does not begin with a slash"
	case dotSegment(plain):
		return "has a dot segment"
	}
	if plain != path || u.RawPath != "" {
		u.RawPath = u.EscapedPath() + path
	}
	u.Path += plain
	addQuery(u, query)
	return ""
}

// dotSegment reports whether a segment of path is "." or "..", which servers
// and proxies resolve to another resource.
func dotSegment(path string) bool {
	if !strings.Contains(path, "/.") {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func addQuery(u *url.URL, query string) {
	if u.RawQuery != "" && query != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += query
}
