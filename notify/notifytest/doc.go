// Package notifytest holds stateful fakes of the providers under package
// notify. A fake refuses what the vendor refuses, in the vendor's own error
// shapes, records what took effect, and injects faults; it runs in memory, also
// under testing/synctest, or on a port.
//
// It depends on no test framework, so that fakes run in programs too.
package notifytest

import (
	"encoding/json"
	"net/http"
)

// writeJSON answers with a JSON document.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
