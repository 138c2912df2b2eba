package mondaytest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxIngestRows   = 10_000
	maxIngestHour   = 19_000
	maxIngestBytes  = 150 << 20
	maxIngestStarts = 100
	urlLife         = 10 * time.Minute
)

// matchTypes are the column types by which an import finds items.
var matchTypes = []string{"text", "email", "phone", "numbers", "link", "date", "long_text", "status"}

// ingest is a bulk import.
type ingest struct {
	group     *group
	matchOn   string
	skip      bool
	url       string
	started   time.Time
	uploaded  time.Time // zero before the upload
	reason    string    // why it was rejected
	counts    map[string]int
	report    [][]string
	reportURL string
	told      time.Time // when the report's URL was given
}

func startIngest(x *run, args arguments) (any, error) {
	b, err := x.board(args.text("board_id"))
	if err != nil {
		return nil, err
	}
	g, err := b.needGroup(args.text("group_id"))
	if err != nil {
		return nil, err
	}
	if n, oldest := x.s.recentIngests(); n >= maxIngestStarts {
		wait := time.Hour - time.Since(oldest)
		return nil, &failure{
			code: "RATE_LIMIT_EXCEEDED", message: "Too many import jobs", status: http.StatusTooManyRequests,
			ext: map[string]any{"retryAfterMs": wait.Milliseconds()},
		}
	}
	id := x.s.id()
	j := &ingest{group: g, started: time.Now(), counts: map[string]int{}, url: x.origin + "/upload/" + id + "?X-Amz-Signature=" + id}
	j.reportURL = x.origin + "/report/" + id
	if m := args.object("on_match"); m != nil {
		j.matchOn, j.skip = m.text("match_column_id"), m.text("behaviour") == "SKIP"
		c := b.column(j.matchOn)
		switch {
		case j.matchOn == "name":
		case c == nil:
			return nil, fail("InvalidColumnIdException", "This column ID doesn't exist for the board").with("column_id", j.matchOn)
		case !slices.Contains(matchTypes, c.kind):
			return nil, fail("InvalidArgumentException", "columns of type %s cannot be matched", c.kind)
		}
	}
	x.s.ingests[id] = j
	return node{"__typename": "UploadJobInit", "job_id": id, "upload_url": j.url}, nil
}

// recentIngests counts the jobs of the last hour and finds the oldest.
func (s *Server) recentIngests() (n int, oldest time.Time) {
	for _, j := range s.ingests {
		if time.Since(j.started) < time.Hour {
			n++
			if oldest.IsZero() || j.started.Before(oldest) {
				oldest = j.started
			}
		}
	}
	return n, oldest
}

// upload takes the file of an import: PUT to a signed URL, which knows nothing
// of API tokens.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.ingests[strings.TrimPrefix(r.URL.Path, "/upload/")]
	unsigned := r.Header.Get("Authorization") != "" || r.Header.Get("X-Amz-Checksum-Crc32") != ""
	switch {
	case err != nil:
		http.Error(w, "<Error><Code>IncompleteBody</Code></Error>", http.StatusBadRequest)
	case j == nil || unsigned || r.Method != http.MethodPut || r.Header.Get("Content-Type") != "text/csv":
		http.Error(w, "<Error><Code>SignatureDoesNotMatch</Code></Error>", http.StatusForbidden)
	case time.Since(j.started) >= urlLife:
		http.Error(w, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", http.StatusForbidden)
	default:
		w.Header().Set("ETag", `"etag"`)
		if j.uploaded.IsZero() {
			j.uploaded = time.Now()
			s.importRows(j, body)
		}
	}
}

// importRows executes an import.
func (s *Server) importRows(j *ingest, body []byte) {
	if len(body) > maxIngestBytes {
		j.reason = "FILE_TOO_LARGE"
		return
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(rows) < 2 || rows[0][0] != "name" || len(rows)-1 > maxIngestRows {
		j.reason = "INVALID_UPLOAD"
		return
	}
	header := rows[0]
	for _, id := range header[1:] {
		if j.group.board.column(id) == nil {
			j.reason = "INVALID_UPLOAD"
			return
		}
	}
	if s.ingestedThisHour()+len(rows)-1 > maxIngestHour {
		j.reason = "ACCOUNT_CAPACITY_EXCEEDED"
		return
	}
	if j.matchOn == "" && j.group.board.count()+len(rows)-1 > j.group.board.limit {
		j.reason = "BOARD_CAPACITY_EXCEEDED"
		return
	}
	found := j.index()
	for n, row := range rows[1:] {
		status, id, problem := s.importRow(j, header, row, found)
		j.counts["submitted"]++
		j.counts[status]++
		j.report = append(j.report, []string{strconv.Itoa(n + 1), strings.ToUpper(status), id, problem})
	}
}

func (s *Server) ingestedThisHour() int {
	n := 0
	for _, j := range s.ingests {
		if time.Since(j.uploaded) < time.Hour {
			n += j.counts["created"] + j.counts["updated"]
		}
	}
	return n
}

// index finds the board's items by the text of the match column, the newest
// counting.
func (j *ingest) index() map[string]*item {
	found := map[string]*item{}
	if j.matchOn != "" {
		for _, i := range j.group.board.active() {
			if text := i.text(j.matchOn); text != "" {
				found[text] = i
			}
		}
	}
	return found
}

// importRow creates or updates one item.
func (s *Server) importRow(j *ingest, header, row []string, found map[string]*item) (status, id, problem string) {
	values := map[string]json.RawMessage{}
	key := ""
	for n, text := range row {
		if header[n] == j.matchOn {
			key = text
		}
		if n == 0 || text == "" {
			continue
		}
		value, err := csvValue(j.group.board.column(header[n]), text)
		if err != nil {
			return "invalid", "", err.Error()
		}
		values[header[n]] = value
	}
	if i := found[key]; key != "" && i != nil {
		if j.skip {
			return "skipped", i.id, ""
		}
		values["name"] = encode(row[0])
		if err := i.write(values, false); err != nil {
			return "invalid", "", err.Error()
		}
		return "updated", i.id, ""
	}
	x := &run{s: s}
	i, err := x.newItem(j.group, nil, arguments{"item_name": row[0], "column_values": string(encode(values))})
	if err != nil {
		return "invalid", "", err.Error()
	}
	j.group.board.add(i, -1)
	if key != "" {
		found[key] = i
	}
	return "created", i.id, ""
}

// csvValue reads the text of a CSV cell in the form of its column type.
func csvValue(c *column, text string) (json.RawMessage, error) {
	var v any = text
	if text == "<NULL>" {
		return json.RawMessage("null"), nil
	}
	switch c.kind {
	case "text", "numbers":
	case "long_text":
		v = map[string]string{"text": text}
	case "status":
		v = map[string]string{"label": text}
	case "dropdown":
		v = map[string][]string{"labels": strings.Split(text, ", ")}
	case "date":
		v = map[string]string{"date": text}
	case "phone":
		v = map[string]string{"phone": text}
	case "checkbox":
		v = map[string]string{"checked": text}
	case "timeline":
		from, to, _ := strings.Cut(text, "/")
		v = map[string]string{"from": from, "to": to}
	case "email":
		name, address, ok := strings.Cut(strings.TrimSuffix(text, ">"), " <")
		if !ok {
			name, address = "", text
		}
		v = map[string]string{"email": address, "text": name}
	case "link":
		label, url, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(text, "["), ")"), "](")
		if !ok {
			return nil, fail("INVALID", "%q is not a link", text)
		}
		v = map[string]string{"url": url, "text": label}
	case "location":
		parts := strings.SplitN(text, "|", 3)
		if len(parts) != 3 {
			return nil, fail("INVALID", "%q is not a location", text)
		}
		v = map[string]string{"lat": parts[0], "lng": parts[1], "address": parts[2]}
	case "people":
		return csvPeople(text)
	case "board_relation":
		var ids []json.Number
		for id := range strings.SplitSeq(text, ", ") {
			ids = append(ids, json.Number(id))
		}
		v = map[string]any{"item_ids": ids}
	default:
		return nil, fail("INVALID", "columns of type %s cannot be imported", c.kind)
	}
	return encode(v), nil
}

func csvPeople(text string) (json.RawMessage, error) {
	var list []map[string]any
	for one := range strings.SplitSeq(text, ", ") {
		kind, id, ok := strings.Cut(one, ":")
		if !ok || (kind != "user" && kind != "team") {
			return nil, fail("INVALID", "%q is nobody", one)
		}
		if kind == "user" {
			kind = "person"
		}
		list = append(list, map[string]any{"id": json.Number(id), "kind": kind})
	}
	return encode(map[string]any{"personsAndTeams": list}), nil
}

func ingestStatus(x *run, args arguments) (any, error) {
	j := x.s.ingests[args.text("job_id")]
	if j == nil {
		return nil, fail("ResourceNotFoundException", "The job was not found").with("resource_type", "job")
	}
	n := node{"__typename": "ItemsJobStatus", "status": j.status(), "progress_percentage": 0}
	switch n["status"] {
	case "REJECTED":
		n["failure_reason"], n["failure_message"] = j.reason, "The import was rejected"
	case "COMPLETED":
		counts := node{"__typename": "ItemsJobItemCounts"}
		for _, name := range []string{"submitted", "invalid", "skipped", "created", "updated", "failed"} {
			counts[name] = j.counts[name]
		}
		n["counts"], n["progress_percentage"] = counts, 100
		n["fully_imported"], n["report_created"], n["report_url"] = j.counts["failed"] == 0, true, j.reportURL
		j.told = time.Now()
	}
	return n, nil
}

func (j *ingest) status() string {
	switch {
	case j.uploaded.IsZero():
		return "UPLOAD_PENDING"
	case time.Since(j.uploaded) < j.group.board.s.cfg.JobTime:
		return "PROCESSING"
	case j.reason != "":
		return "REJECTED"
	}
	return "COMPLETED"
}

// reportFile answers the report of an import for as long as its URL lives.
func (s *Server) reportFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.ingests[strings.TrimPrefix(r.URL.Path, "/report/")]
	if j == nil || j.report == nil || r.Header.Get("Authorization") != "" || time.Since(j.told) >= urlLife {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"serialNo", "status", "itemId", "error"})
	_ = out.WriteAll(j.report)
}
