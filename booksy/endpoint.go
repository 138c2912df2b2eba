package booksy

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// Endpoint is where an operation lives.
type Endpoint struct {
	// Method is GET, POST, PUT, PATCH or DELETE.
	Method string
	// PathTemplate is appended to the base URL and starts with a slash. In
	// Reschedule and Cancel it holds {id} once, where the appointment's id
	// belongs; the id is escaped. A fixed query may follow.
	PathTemplate string
}

// Endpoints replace the methods and paths of the contract; an empty field of
// an endpoint keeps its default. What is sent stays the same: Availability and
// List put their parameters into the query, Create and Reschedule send a JSON
// body, Cancel sends none.
type Endpoints struct {
	// Availability is GET /availability by default.
	Availability Endpoint
	// Create is POST /appointments by default.
	Create Endpoint
	// Reschedule is PATCH /appointments/{id} by default; the guide gives no route.
	Reschedule Endpoint
	// Cancel is DELETE /appointments/{id} by default; the guide gives no route.
	Cancel Endpoint
	// List answers the appointments of a date and customer phone. It has no
	// default: without a PathTemplate there is no reading back, and an unknown
	// outcome of Create stays unknown. Its method is GET by default.
	List Endpoint
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// complete fills in defaults and checks the result.
func (e Endpoints) complete() (Endpoints, error) {
	for _, d := range []struct {
		field  string
		ep     *Endpoint
		method string
		path   string
		id     bool
	}{
		{"Endpoints.Availability", &e.Availability, http.MethodGet, "/availability", false},
		{"Endpoints.Create", &e.Create, http.MethodPost, "/appointments", false},
		{"Endpoints.Reschedule", &e.Reschedule, http.MethodPatch, "/appointments/{id}", true},
		{"Endpoints.Cancel", &e.Cancel, http.MethodDelete, "/appointments/{id}", true},
		{"Endpoints.List", &e.List, http.MethodGet, "", false},
	} {
		d.ep.Method = cmp.Or(d.ep.Method, d.method)
		d.ep.PathTemplate = cmp.Or(d.ep.PathTemplate, d.path)
		if d.ep.PathTemplate == "" {
			continue // List, switched off
		}
		if err := d.ep.check(d.field, d.id); err != nil {
			return e, err
		}
	}
	return e, nil
}

func (e Endpoint) check(field string, wantID bool) error {
	path, query, _ := strings.Cut(e.PathTemplate, "?")
	ids := 0
	if wantID {
		ids = 1
	}
	switch {
	case !slices.Contains(methods, e.Method):
		return transport.Invalid("booksy.New", field+".Method", "is %q, want one of %s", e.Method, strings.Join(methods, ", "))
	case !strings.HasPrefix(path, "/"):
		return transport.Invalid("booksy.New", field+".PathTemplate", "does not start with a slash")
	case strings.Count(path, "{id}") != ids:
		return transport.Invalid("booksy.New", field+".PathTemplate", "holds {id} %d times in its path, want %d", strings.Count(path, "{id}"), ids)
	case strings.ContainsAny(strings.Replace(path, "{id}", "", ids)+query, "{}#"):
		return transport.Invalid("booksy.New", field+".PathTemplate", "holds a brace or # that is not {id}")
	}
	if _, err := url.PathUnescape(path); err != nil {
		return transport.Invalid("booksy.New", field+".PathTemplate", "is not a valid path")
	}
	return nil
}

// path fills in the escaped id.
func (e Endpoint) path(id string) string {
	return strings.Replace(e.PathTemplate, "{id}", url.PathEscape(id), 1)
}

// configured reports whether the endpoint exists.
func (e Endpoint) configured() bool { return e.PathTemplate != "" }
