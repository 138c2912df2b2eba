package analytics

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Rules are what a payload of one data stream is checked against: Google's
// documented limits, reserved names and types. They look at the encoded
// payload, so they hold for typed requests and for JSON from elsewhere alike.
// The zero value is a web stream of a standard property.
type Rules struct {
	// App says that the stream is an app's, named by a firebase_app_id.
	App bool
	// Property360 allows parameter values of 500 characters instead of 100.
	Property360 bool
	// MaxItems is the most items per event: 200 when 0, no limit when negative.
	MaxItems int
}

// The limits of "Sending events" and "Event collection limits".
const (
	maxEvents        = 25
	maxParams        = 25
	maxProperties    = 25
	maxName          = 40
	maxValue         = 100
	maxValue360      = 500
	maxPropertyName  = 24
	maxPropertyValue = 36
	maxUserID        = 256
	maxItems         = 200
	adviceItemParams = 10
	maxItemParams    = 27
	maxBody          = 130_000 // exclusive
	maxAge           = 72 * time.Hour
)

// longValues are the parameters whose values may be longer.
var longValues = map[string]int{"page_title": 300, "page_referrer": 420, "page_location": 1000}

// Check returns what is wrong with a payload, in the order of the payload, and
// nothing for a sound one. Times are compared with time.Now.
func (r Rules) Check(payload []byte) []Finding {
	c := &checker{rules: r, now: time.Now()}
	doc, err := parse(payload)
	switch {
	case err != nil:
		c.fail("", ValueInvalid, "is not JSON")
		return c.found
	case doc.kind != object:
		c.fail("", ValueInvalid, "is not an object")
		return c.found
	}
	if n := compactLen(payload); n >= maxBody {
		c.fail("", ValueOutOfBounds, "has %d bytes, %d is the most", n, maxBody-1)
	}
	c.request(doc)
	return c.found
}

// compactLen is the payload's size as it is sent.
func compactLen(payload []byte) int {
	if len(payload) < maxBody {
		return len(payload)
	}
	return len(compact(payload))
}

// compact returns a payload without white space around its values, and what is
// not JSON as it is.
func compact(payload []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, payload) != nil {
		return payload
	}
	return b.Bytes()
}

var (
	measurementID = regexp.MustCompile(`^(G|AW)-[A-Za-z0-9]+$`)
	firebaseAppID = regexp.MustCompile(`^[0-9]:[0-9]+:[a-zA-Z]+:[a-zA-Z0-9]+$`)
)

// CheckQuery returns what is wrong with the query of a collect URL: it needs
// one secret and exactly one stream, of the kind that the rules are for.
func (r Rules) CheckQuery(q url.Values) []Finding {
	c := &checker{}
	web, app := q.Get("measurement_id"), q.Get("firebase_app_id")
	if q.Get("api_secret") == "" {
		c.fail("api_secret", ValueRequired, "is empty")
	}
	switch {
	case web != "" && app != "":
		c.fail("measurement_id", ValueInvalid, "is given besides firebase_app_id: a request has one stream")
	case r.App && app == "":
		c.fail("firebase_app_id", ValueRequired, "is empty")
	case !r.App && web == "":
		c.fail("measurement_id", ValueRequired, "is empty")
	case !r.App && !measurementID.MatchString(web):
		c.fail("measurement_id", ValueInvalid, "is not of the form G-XXXXXXX")
	case r.App && !firebaseAppID.MatchString(app):
		c.fail("firebase_app_id", ValueInvalid, "is not of the form 1:1234567890:android:321abc")
	}
	return c.found
}

// checker gathers the findings of one payload.
type checker struct {
	rules Rules
	now   time.Time
	found []Finding
	seen  map[complaint]bool
}

// complaint is what makes two findings the same.
type complaint struct {
	path string
	code Code
}

func (c *checker) fail(path string, code Code, problem string, args ...any) {
	c.add(Finding{path, code, SeverityError, fmt.Sprintf(problem, args...)})
}

func (c *checker) warn(path string, code Code, problem string, args ...any) {
	c.add(Finding{path, code, SeverityWarning, fmt.Sprintf(problem, args...)})
}

// add keeps one finding per path and code.
func (c *checker) add(f Finding) {
	key := complaint{f.Path, f.Code}
	if c.seen[key] {
		return
	}
	if c.seen == nil {
		c.seen = map[complaint]bool{}
	}
	c.seen[key] = true
	c.found = append(c.found, f)
}

// join appends a key to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// members returns the fields of an object by name, the first of each name, and
// reports repetitions. When n is no object it reports that and returns false.
func (c *checker) members(path string, n node) (map[string]node, bool) {
	if n.kind != object {
		c.fail(path, ValueInvalid, "is not an object")
		return nil, false
	}
	m := make(map[string]node, len(n.fields))
	for _, f := range n.fields {
		if _, twice := m[f.name]; twice {
			c.fail(join(path, f.name), NameDuplicated, "is given twice")
			continue
		}
		m[f.name] = f.value
	}
	return m, true
}

// record is members for an object with a closed set of keys.
func (c *checker) record(path string, n node, known string) (map[string]node, bool) {
	named := node{kind: n.kind, fields: slices.Clone(n.fields)}
	for i := range named.fields {
		named.fields[i].name = snake(named.fields[i].name)
	}
	m, ok := c.members(path, named)
	for i, f := range named.fields {
		if !listed(known, f.name) {
			c.unknown(path, n.fields[i].name) // as it was written
			delete(m, f.name)
		}
	}
	return m, ok
}

// unknown reports a key that is not in the protocol. For consent Google's
// pages leave room, so it is a warning there.
func (c *checker) unknown(path, name string) {
	if path == "consent" {
		c.warn(join(path, name), NameInvalid, "is no known key")
		return
	}
	c.fail(join(path, name), NameInvalid, "is no known key")
}

// listed reports whether a name is a word of a list. Lists are kept as text
// with a space on both ends.
func listed(list, name string) bool {
	return name != "" && !strings.Contains(name, " ") && strings.Contains(list, " "+name+" ")
}

// str reports a value that is there and is no text; it returns the text.
func (c *checker) str(path string, m map[string]node, name string) string {
	n, ok := m[name]
	if ok && n.kind != text {
		c.fail(join(path, name), ValueInvalid, "is not a string")
	}
	if n.kind != text {
		return ""
	}
	return n.text
}

// pattern reports a text that is there and does not match.
func (c *checker) pattern(path string, m map[string]node, name string, want *regexp.Regexp, form string) {
	if s := c.str(path, m, name); s != "" && !want.MatchString(s) {
		c.fail(join(path, name), ValueInvalid, "is not %s", form)
	}
}

// timestamp checks m's timestamp_micros.
func (c *checker) timestamp(path string, m map[string]node) {
	n, ok := m["timestamp_micros"]
	if !ok {
		return
	}
	path = join(path, "timestamp_micros")
	v, whole := n.integer()
	switch at := time.UnixMicro(v); {
	case !whole:
		c.fail(path, ValueInvalid, "is not a whole number of microseconds")
	case at.After(c.now):
		c.fail(path, ValueInvalid, "lies in the future")
	case c.now.Sub(at) > maxAge:
		c.fail(path, ValueInvalid, "is more than 72 hours ago")
	}
}
