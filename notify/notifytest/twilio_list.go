package notifytest

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/centrala-go/centrala/notify/twilio"
)

const twilioDate = time.RFC1123Z

// list answers one page, newest message first.
func (s *Twilio) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	size, err := strconv.Atoi(cmp.Or(q.Get("PageSize"), "50"))
	if err != nil || size < 1 || size > 1000 {
		fail(w, http.StatusBadRequest, 20001, "The PageSize is not between 1 and 1000")
		return
	}
	selected, ok := s.selected(q)
	if !ok {
		fail(w, http.StatusBadRequest, 20001, "A DateSent filter is not a date")
		return
	}
	start := 0
	if after, given := strings.CutPrefix(q.Get("PageToken"), "PA"); given {
		start = 1 + slices.IndexFunc(selected, func(m Message) bool { return m.SID == after })
	}
	rest := selected[start:]
	shown := rest[:min(size, len(rest))]
	page := s.page(r.URL, q, shown, start)
	if len(shown) < len(rest) {
		page["next_page_uri"] = pageURI(r.URL, q, number(page["page"])+1, shown[len(shown)-1].SID)
	}
	writeJSON(w, http.StatusOK, page)
}

func number(v any) int { n, _ := v.(int); return n }

// selected returns the messages that the filters let through, newest first; ok
// is false when a filter is no date.
func (s *Twilio) selected(q url.Values) (out []Message, ok bool) {
	bounds := map[string]time.Time{}
	for _, name := range []string{"DateSent", "DateSent<", "DateSent>"} {
		if q.Get(name) == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, q.Get(name)[:min(len(q.Get(name)), len(time.DateOnly))])
		if err != nil {
			return nil, false
		}
		bounds[name] = day
	}
	all := s.Messages()
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(m Message) bool {
		return (q.Get("To") != "" && m.To != q.Get("To")) || (q.Get("From") != "" && m.From != q.Get("From")) ||
			!inBounds(m.DateSent, bounds)
	}), true
}

// inBounds compares days in UTC; a message that has not been sent has none and
// passes only where no day is asked for.
func inBounds(sent time.Time, bounds map[string]time.Time) bool {
	if len(bounds) == 0 {
		return true
	}
	if sent.IsZero() {
		return false
	}
	day := sent.UTC().Truncate(24 * time.Hour)
	for name, bound := range bounds {
		switch c := day.Compare(bound); {
		case name == "DateSent" && c != 0, name == "DateSent<" && c > 0, name == "DateSent>" && c < 0:
			return false
		}
	}
	return true
}

func (s *Twilio) page(u *url.URL, q url.Values, shown []Message, start int) map[string]any {
	messages := make([]map[string]any, len(shown))
	for i, m := range shown {
		messages[i] = s.wire(m)
	}
	index, _ := strconv.Atoi(q.Get("Page"))
	size, _ := strconv.Atoi(cmp.Or(q.Get("PageSize"), "50"))
	return map[string]any{
		"messages": messages, "page": index, "page_size": size,
		"start": start, "end": max(start+len(shown)-1, start),
		"uri": u.RequestURI(), "first_page_uri": pageURI(u, q, 0, ""),
		"next_page_uri": nil, "previous_page_uri": nil,
	}
}

// pageURI is relative to the host, as Twilio's are.
func pageURI(u *url.URL, q url.Values, index int, after string) string {
	next := url.Values{}
	maps.Copy(next, q)
	next["Page"] = []string{strconv.Itoa(index)}
	delete(next, "PageToken")
	if after != "" {
		next["PageToken"] = []string{"PA" + after}
	}
	return u.Path + "?" + next.Encode()
}

// wire is the JSON form of a message: counts are strings, dates RFC 2822.
func (s *Twilio) wire(m Message) map[string]any {
	uri := "/2010-04-01/Accounts/" + s.cfg.AccountSID + "/Messages/" + m.SID
	segments := strconv.Itoa(twilio.CountSegments(m.Body, false).Count)
	if m.MessagingServiceSID != "" && m.From == "" {
		segments = "0"
	}
	return map[string]any{
		"sid": m.SID, "account_sid": s.cfg.AccountSID, "api_version": "2010-04-01", "direction": "outbound-api",
		"to": m.To, "from": orNull(m.From), "body": m.Body, "status": m.Status,
		"messaging_service_sid": orNull(m.MessagingServiceSID),
		"num_segments":          segments, "num_media": strconv.Itoa(len(m.MediaURLs)),
		"price": nil, "price_unit": "USD", "error_code": codeOrNull(m.ErrorCode), "error_message": nil,
		"date_created": m.DateCreated.UTC().Format(twilioDate), "date_updated": m.DateCreated.UTC().Format(twilioDate),
		"date_sent": dateOrNull(m.DateSent), "uri": uri + ".json",
		"subresource_uris": map[string]string{"media": uri + "/Media.json"},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func codeOrNull(code int) any {
	if code == 0 {
		return nil
	}
	return code
}

func dateOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(twilioDate)
}
