package mondaytest

import (
	"fmt"
	"maps"
	"net/http"
)

// failure is an error that monday reports.
type failure struct {
	code, message string
	status        int // the answer's status code; 0 means 200
	inner         int // status_code inside extensions
	data          any // error_data
	ext           map[string]any
	retryAfter    int // seconds in the Retry-After header
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func fail(code, format string, args ...any) *failure {
	return &failure{code: code, message: fmt.Sprintf(format, args...), inner: http.StatusOK}
}

// with adds error_data, given as key, value pairs.
func (f *failure) with(pairs ...any) *failure {
	data := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i].(string)] = pairs[i+1]
	}
	f.data = data
	return f
}

// problem is the failure as an element of errors.
func (f *failure) problem(path []any) map[string]any {
	ext := map[string]any{"code": f.code}
	if f.inner != 0 {
		ext["status_code"] = f.inner
	}
	if f.data != nil {
		ext["error_data"] = f.data
	}
	maps.Copy(ext, f.ext)
	out := map[string]any{"message": f.message, "extensions": ext}
	if path != nil {
		out["path"] = path
	}
	return out
}
