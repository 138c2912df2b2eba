package booksy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// judge reads an answer by its status, with three differences from plain HTTP:
// a 503 says nothing about the effect, whatever its headers; a page where JSON
// belongs comes from something other than the vendor; and a redirect means
// that the base URL is not an API.
func judge(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	switch {
	case v.Result == transport.ResultDone && !plausible(r.Body):
		return unclear("the answer is not JSON")
	case r.Status == http.StatusServiceUnavailable:
		v.Result = transport.ResultUnclear
	case r.Status >= 300 && r.Status < 400:
		v.Message = "redirected: the base URL is not this API"
	}
	if v.Result != transport.ResultDone && v.Message == "" {
		v.Code, v.Message = problem(r.Body)
	}
	return v
}

// judgeCreate wants what Create promises: an appointment with an id. Anything
// else with a 2xx status may or may not be a booking.
func (c *Client) judgeCreate(r *transport.Response) transport.Verdict {
	v := judge(r)
	if v.Result != transport.ResultDone {
		return v
	}
	a, err := c.codec.DecodeAppointment(r.Body)
	switch {
	case err != nil:
		return unclear(err.Error())
	case a.ID == "":
		return unclear("the answer holds no appointment id")
	}
	return v
}

func unclear(message string) transport.Verdict {
	return transport.Verdict{Result: transport.ResultUnclear, Kind: transport.ErrUnavailable, Message: message}
}

// plausible reports whether a body is empty or JSON.
func plausible(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) == 0 || json.Valid(body)
}

// problem finds code and message in the error shapes that are in use:
// {"detail"}, {"status_code","code","description"}, {"error"}, {"message"}.
func problem(body []byte) (code, message string) {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return "", ""
	}
	code, _ = fields["code"].(string)
	for _, name := range []string{"detail", "description", "message", "error"} {
		if s, ok := fields[name].(string); ok && s != "" {
			return code, strings.ToValidUTF8(s, "?")
		}
	}
	return code, ""
}
