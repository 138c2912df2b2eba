package transporttest

import (
	"encoding/json"
	"net/http"
	"time"
)

// The control routes let a program in any language look into a fake that
// listens on a port and make it fail:
//
//	GET  /_fake/state   what took effect, as the fake describes it
//	POST /_fake/faults  queue a fault: {"after","reset","status","header","body","stall_ms","times","probability","method","path"}
//	POST /_fake/reset   forget recorded requests and pending faults
const (
	statePath  = "/_fake/state"
	faultsPath = "/_fake/faults"
	resetPath  = "/_fake/reset"
)

// control serves a control route and reports whether r was one.
func (v *Vendor) control(w http.ResponseWriter, r *http.Request) bool {
	switch r.Method + " " + r.URL.Path {
	case "GET " + statePath:
		var state any = struct{}{}
		if v.State != nil {
			state = v.State()
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(state)
	case "POST " + faultsPath:
		v.injectJSON(w, r)
	case "POST " + resetPath:
		v.Reset()
		w.WriteHeader(http.StatusNoContent)
	default:
		return false
	}
	return true
}

func (v *Vendor) injectJSON(w http.ResponseWriter, r *http.Request) {
	var in struct {
		After       bool              `json:"after"`
		Reset       bool              `json:"reset"`
		Status      int               `json:"status"`
		Header      map[string]string `json:"header"`
		Body        string            `json:"body"`
		StallMS     int64             `json:"stall_ms"`
		Times       int               `json:"times"`
		Probability float64           `json:"probability"`
		Method      string            `json:"method"`
		Path        string            `json:"path"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
		http.Error(w, "want a JSON fault: "+err.Error(), http.StatusBadRequest)
		return
	}
	if in.Status != 0 && (in.Status < 200 || in.Status > 599) {
		http.Error(w, "status is not one of an answer", http.StatusBadRequest)
		return
	}
	f := Fault{
		After: in.After, Reset: in.Reset, Status: in.Status, Body: in.Body,
		Stall: time.Duration(in.StallMS) * time.Millisecond, Times: in.Times, Probability: in.Probability,
		Header: make(http.Header, len(in.Header)),
		Match: func(r *http.Request) bool {
			return (in.Path == "" || r.URL.Path == in.Path) && (in.Method == "" || r.Method == in.Method)
		},
	}
	for name, value := range in.Header {
		f.Header.Set(name, value)
	}
	v.Inject(f)
	w.WriteHeader(http.StatusNoContent)
}
