package mondaytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// answer is an HTTP answer before it is written.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// serve answers one request: authentication, limits, version, form,
// idempotency, execution.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/upload/"):
		s.upload(w, r)
		return
	case strings.HasPrefix(path, "/report/"):
		s.reportFile(w, r)
		return
	case path != "/v2" && path != "/v2/file":
		http.NotFound(w, r)
		return
	}
	a := s.admit(r)
	if a == nil {
		a = s.limited(r)
	}
	a.write(w)
}

// limited handles a request within the limits.
func (s *Server) limited(r *http.Request) *answer {
	if f := s.enter(); f != nil {
		a := refuse(f)
		s.mu.Lock()
		s.announce(a.header)
		s.mu.Unlock()
		return a
	}
	defer s.leave()
	a := s.handle(r)
	s.Deliver(r.Context())
	return a
}

// admit returns the refusal of a request that may not come in.
func (s *Server) admit(r *http.Request) *answer {
	switch {
	case r.Method != http.MethodPost:
		return refuse(&failure{code: "METHOD_NOT_ALLOWED", message: "only POST is supported", status: http.StatusMethodNotAllowed})
	case r.Header.Get("Authorization") != s.cfg.Token:
		return refuse(&failure{code: "NOT_AUTHENTICATED", message: "Not authenticated", status: http.StatusUnauthorized})
	}
	if v := r.Header.Get("Api-Version"); v != "" && !versionForm.MatchString(v) {
		return refuse(fail("InvalidVersionException", "Invalid version %q", v))
	}
	return nil
}

var versionForm = regexp.MustCompile(`^(\d{4}-\d\d|dev|stable)$`)

const currentVersion = "2026-10"

// usedVersion tells which version answers: monday replaces versions that are
// gone by the maintenance version and names that never were by the current.
func usedVersion(asked string) string {
	switch {
	case asked == "dev", asked >= "2025-04" && asked <= "2027-01" && quarter.MatchString(asked):
		return asked
	case asked != "" && quarter.MatchString(asked) && asked < "2025-04" && asked >= "2024-10":
		return "2026-07"
	}
	return currentVersion
}

var quarter = regexp.MustCompile(`-(01|04|07|10)$`)

// refuse makes an answer without data.
func refuse(f *failure) *answer {
	a := &answer{status: f.status, header: http.Header{}}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if f.retryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	a.body = encode(map[string]any{"errors": []any{f.problem(nil)}, "account_id": accountID})
	return a
}

const accountID = 1234567

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("mondaytest: " + err.Error()) // only values of our own making get here
	}
	return b.Bytes()
}

// posted is a GraphQL request.
type posted struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
	files         map[string]*upload
}

func readPosted(r *http.Request) (posted, []byte, *failure) {
	var p posted
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "multipart/form-data":
		return readMultipart(r)
	case "application/json":
	default:
		return p, nil, &failure{code: "JsonParseException", message: "the body is not JSON", status: http.StatusBadRequest}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 200<<20))
	if err != nil {
		return p, nil, &failure{code: "JsonParseException", message: "the body broke off", status: http.StatusBadRequest}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&p) != nil {
		return p, nil, &failure{code: "JsonParseException", message: "the body is not a JSON object", status: http.StatusBadRequest}
	}
	return p, body, nil
}

// handle executes an admitted request, under its idempotency key if it has
// one, and lets the configured time pass before the answer to it.
func (s *Server) handle(r *http.Request) *answer {
	p, body, f := readPosted(r)
	if f != nil {
		return refuse(f)
	}
	ran, version := false, usedVersion(r.Header.Get("Api-Version"))
	mutation := func() bool { return s.isMutation(version, p) }
	a := s.once(r.Header.Get("Idempotency-Key"), mutation, body, func() *answer {
		ran = true
		x := &run{s: s, version: version, origin: origin(r)}
		a := x.execute(p)
		a.header.Set("Api-Version", x.version)
		s.announce(a.header)
		return a
	})
	if ran { // what is repeated or in conflict is answered at once
		s.pause(r)
	}
	return a
}

// origin is where uploads go: another host than the API's, so that no client
// sends its token along.
func origin(r *http.Request) string {
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		return "http://localhost:" + port
	}
	return "https://uploads.monday.test"
}

// pause lets the latency pass, unless the client gives up first.
func (s *Server) pause(r *http.Request) {
	if s.cfg.Latency <= 0 {
		return
	}
	timer := time.NewTimer(s.cfg.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// asFailure turns any error of a resolver into one that can be reported.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{code: "INTERNAL_SERVER_ERROR", message: err.Error(), inner: http.StatusInternalServerError}
}
