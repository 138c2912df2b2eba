package monday

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/centrala-go/centrala/transport"
)

// frame is an answer's body in any of the shapes that monday has used. Nothing
// in it can make the reading fail: what has another type than expected is
// taken as absent.
type frame struct {
	object    bool // the body is a JSON object
	data      json.RawMessage
	errors    []Problem
	wait      time.Duration
	requestID string
	warnings  []string
}

// Problem is one error of an answer. An answer may carry several, and data
// beside them.
type Problem struct {
	// Code is monday's code, "InvalidBoardIdException" for example, "" when it
	// gave none.
	Code string
	// Message is monday's text.
	Message string
	// Status is the status code that monday names inside the body, 0 without.
	Status int
	// Path leads to the field that failed; its first element is the root field
	// or its alias.
	Path []string
	// Data is monday's error_data: an object, or for validation rules an array.
	Data json.RawMessage
}

type object map[string]json.RawMessage

func parseObject(raw json.RawMessage) object {
	var o object
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o
}

func (o object) text(key string) string {
	var s string
	_ = json.Unmarshal(o[key], &s)
	return s
}

// number also reads numbers that are written as strings.
func (o object) number(key string) float64 {
	var f float64
	if json.Unmarshal(o[key], &f) == nil {
		return f
	}
	f, err := strconv.ParseFloat(o.text(key), 64)
	if err != nil {
		return 0
	}
	return f
}

// status reads a status code; anything else counts as absent.
func (o object) status(key string) int {
	if f := o.number(key); f >= 100 && f < 1000 {
		return int(f)
	}
	return 0
}

func (o object) list(key string) []json.RawMessage {
	var l []json.RawMessage
	_ = json.Unmarshal(o[key], &l)
	return l
}

func parseFrame(body []byte) frame {
	top := parseObject(body)
	f := frame{object: top != nil, data: top["data"]}
	if parseObject(f.data) == nil {
		f.data = nil
	}
	ext := parseObject(top["extensions"])
	f.requestID = ext.text("request_id")
	f.wait = max(waitOf(ext), waitOf(parseObject(top["error_data"])))
	for _, raw := range ext.list("warnings") {
		f.warnings = append(f.warnings, parseObject(raw).text("message"))
	}
	f.readErrors(top)
	for _, p := range f.errors {
		f.wait = max(f.wait, waitInText(p.Message))
	}
	return f
}

// readErrors gathers the list of errors and the older top-level form.
func (f *frame) readErrors(top object) {
	for _, raw := range top.list("errors") {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			f.errors = append(f.errors, Problem{Message: text})
			continue
		}
		f.errors = append(f.errors, f.readProblem(raw))
	}
	code, message := top.text("error_code"), top.text("error_message")
	if code == "" && message == "" {
		return
	}
	older := Problem{Code: code, Message: message, Status: top.status("status_code"), Data: top["error_data"]}
	f.errors = append([]Problem{older}, f.errors...)
}

func (f *frame) readProblem(raw json.RawMessage) Problem {
	o := parseObject(raw)
	ext := parseObject(o["extensions"])
	data := ext["error_data"]
	f.wait = max(f.wait, waitOf(ext), waitOf(parseObject(data)))
	p := Problem{Code: ext.text("code"), Message: o.text("message"), Status: ext.status("status_code"), Data: data}
	for _, step := range o.list("path") {
		p.Path = append(p.Path, strings.Trim(string(step), `"`))
	}
	return p
}

// waitOf reads the hints of one object.
func waitOf(o object) time.Duration {
	return max(transport.Seconds(o.number("retry_in_seconds")), transport.Seconds(o.number("retryAfterMs")/1000))
}

var resetText = regexp.MustCompile(`reset in (\d{1,6}) second`)

func waitInText(message string) time.Duration {
	m := resetText.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits
	return time.Duration(n) * time.Second
}

// hasEffect reports whether some root field of the data is set. The budget
// that may be asked for beside a mutation does not count.
func (f *frame) hasEffect() bool {
	for name, raw := range parseObject(f.data) {
		if name != "complexity" && string(raw) != "null" {
			return true
		}
	}
	return false
}

// cost is what the call cost in points of complexity, where it asked.
func (f *frame) cost() int {
	return int(min(parseObject(parseObject(f.data)["complexity"]).number("query"), math.MaxInt32))
}
