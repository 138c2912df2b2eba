package httpapi

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed dashboard.html
var dashboardHTML string

var dashboardPage = template.Must(template.New("dashboard").Parse(dashboardHTML))

// dashboard serves the page that shows each flow with its steps. The page
// fetches /api/flows every second; its script and style are inline, and its
// policy lets nothing else in.
func (s *Server) dashboard(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if err := dashboardPage.Execute(w, struct{ Name, Zone string }{s.config.Business.Name, s.config.Location.String()}); err != nil {
		s.log.WarnContext(r.Context(), "writing the dashboard", "error", err)
	}
}
