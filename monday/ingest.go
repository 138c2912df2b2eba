package monday

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/transport"
)

var (
	opIngest = mutation("ingest_items", `
mutation ingestItems($board: ID!, $group: ID!, $match: OnMatchInput) {
  result: ingest_items(board_id: $board, group_id: $group, on_match: $match) { job_id upload_url }
}`).from("2026-07")
	opIngestStatus = query("fetch_job_status", `
query ingestStatus($job: ID!) {
  result: fetch_job_status(job_id: $job) {
    ... on ItemsJobStatus {
      status
      counts { submitted invalid skipped created updated failed }
      progress_percentage
      failure_reason
      failure_message
      fully_imported
      report_url
    }
  }
}`).from("2026-07")
	opIngestUpload = transport.Op{Name: "monday.ingest_upload", Safety: transport.Idempotent, Judge: transport.JudgeStatus}
	opIngestReport = transport.Op{Name: "monday.ingest_report", Safety: transport.Read, Judge: transport.JudgeStatus}
)

// IngestItem is a row of an import.
type IngestItem struct {
	// Name is required: 1 to 255 characters.
	Name    string
	Columns Columns
}

// IngestRequest describes an import of many items at once.
type IngestRequest struct {
	// BoardID and GroupID are required.
	BoardID, GroupID string
	// Items are required, at most 10,000. Their columns may be of the types
	// Relation, Checkbox, Date (a day), Dropdown, Email, Link, Location,
	// LongText, Number, People, Phone, Status, Text and Timeline; Clear empties a
	// column of an item that exists. Labels must exist. Values that a cell cannot
	// hold exactly are refused: a label by index, a date with a time, the country
	// of a number that is not international.
	Items []IngestItem
	// MatchColumn finds items that exist: "name" or a column of the types name,
	// text, email, phone, numbers, link, date, long_text or status; "" creates
	// all. With Skip such items are left alone, else they are changed.
	MatchColumn string
	Skip        bool
	// Progress is told the job's id and state each time it is asked for. Keep the
	// id: a process that was killed finds the result by WaitIngest.
	Progress func(IngestJob)

	Call
}

// IngestJob is the state of an import.
type IngestJob struct {
	ID string `json:"-"`
	// Status is UPLOAD_PENDING, PROCESSING, COMPLETED, REJECTED or FAILED.
	Status string       `json:"status"`
	Counts IngestCounts `json:"counts"`
	// Percent is how far it is.
	Percent int `json:"progress_percentage"`
	// Reason is monday's code for a job that was rejected or failed, such as
	// ACCOUNT_CAPACITY_EXCEEDED; Message its text.
	Reason  string `json:"failure_reason"`
	Message string `json:"failure_message"`
	// Full says that every valid row was imported.
	Full bool `json:"fully_imported"`
	// ReportURL leads to the report for 10 minutes.
	ReportURL string `json:"report_url"`
}

// IngestCounts count the rows of an import.
type IngestCounts struct {
	Submitted int `json:"submitted"`
	Invalid   int `json:"invalid"`
	Skipped   int `json:"skipped"`
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Failed    int `json:"failed"`
}

// IngestReport is what became of an import.
type IngestReport struct {
	IngestJob
	// Rows are in the order of the items; nil when monday made no report.
	Rows []IngestRow
}

// IngestRow is what became of one row.
type IngestRow struct {
	// Index is the item's place in IngestRequest.Items.
	Index int
	// Status is monday's word, "CREATED" for example.
	Status string
	// ItemID is the item, "" when there is none; Error says why.
	ItemID, Error string
}

// IngestItems imports up to 10,000 items with three calls and some waiting,
// outside of the complexity budget: monday allows 100 imports and 19,000 items
// in an hour. It uploads the items as CSV, waits until monday has imported them
// and reads its report. It needs API version 2026-07 or newer.
//
// Repeating an import after an error repeats its items, unless MatchColumn
// names what makes them recognisable, or both carry the same IdempotencyKey and
// less than 30 minutes have passed: then the first import is found again.
func (c *Client) IngestItems(ctx context.Context, r IngestRequest) (IngestReport, error) {
	op := opIngest
	if err := required(op.Name, "BoardID", r.BoardID, "GroupID", r.GroupID); err != nil {
		return IngestReport{}, err
	}
	file, err := csvOf(op.Name, r.Items)
	if err != nil {
		return IngestReport{}, err
	}
	job, err := c.uploadItems(ctx, r, file)
	if err != nil {
		return IngestReport{IngestJob: job}, err
	}
	report, err := c.WaitIngest(ctx, WaitIngestRequest{JobID: job.ID, Progress: r.Progress, Call: Call{APIVersion: r.APIVersion}})
	if err != nil && report.Status != ingestRejected {
		err = withOutcome(err, transport.Unknown) // the import goes on, whatever kept it from being watched
	}
	return report, err
}

// States of an import.
const (
	ingestPending   = "UPLOAD_PENDING"
	ingestCompleted = "COMPLETED"
	ingestRejected  = "REJECTED"
	ingestFailed    = "FAILED"
)

// uploadLife is how long an import waits for its file.
const uploadLife = 10 * time.Minute

// uploadItems starts an import and uploads its file. An import whose URL has
// expired got no file, and is started once more under another key.
func (c *Client) uploadItems(ctx context.Context, r IngestRequest, file []byte) (IngestJob, error) {
	r.Meta = r.Meta.orNew()
	upload := opIngestUpload
	upload.Patience = patience(int64(len(file)))
	for again := false; ; again = true {
		started, err := c.startIngest(ctx, r)
		if transport.OutcomeOf(err) == transport.Unknown {
			err = withOutcome(err, transport.Rejected) // without its file it imports nothing
		}
		if err != nil {
			return IngestJob{}, err
		}
		job := IngestJob{ID: started.JobID, Status: ingestPending}
		if r.Progress != nil {
			r.Progress(job)
		}
		if r.Meta.Replayed && c.hasFile(ctx, job.ID, r) {
			return job, nil
		}
		_, err = c.http.Do(ctx, &upload, transport.Request{
			Method: http.MethodPut, URL: started.URL, Body: file, ContentType: "text/csv",
		})
		if err == nil || c.hasFile(ctx, job.ID, r) {
			return job, nil
		}
		if again || !expired(err) {
			return job, wrap(err)
		}
		r.IdempotencyKey = ""
	}
}

// hasFile reads back whether an import got its file.
func (c *Client) hasFile(ctx context.Context, jobID string, r IngestRequest) bool {
	job, err := one[IngestJob](ctx, c, opIngestStatus, variables("job", jobID), Call{APIVersion: r.APIVersion}, "import job")
	return err == nil && job.Status != ingestPending
}

// expired reports whether an upload was refused because its URL has expired.
func expired(err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	return ok && e.Status == http.StatusForbidden && e.Outcome == transport.Rejected
}

// withOutcome returns an error of one call as that of the whole import, on which
// it had another outcome.
func withOutcome(err error, outcome transport.Outcome) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	whole, cause := *e, *e.cause
	cause.Outcome, whole.cause = outcome, &cause
	return &whole
}

type startedIngest struct {
	JobID string `json:"job_id"`
	URL   string `json:"upload_url"`
}

func (c *Client) startIngest(ctx context.Context, r IngestRequest) (startedIngest, error) {
	vars := variables("board", r.BoardID, "group", r.GroupID)
	if r.MatchColumn != "" {
		behaviour := "UPSERT"
		if r.Skip {
			behaviour = "SKIP"
		}
		vars["match"] = map[string]any{"match_column_id": r.MatchColumn, "behaviour": behaviour}
	}
	return one[startedIngest](ctx, c, opIngest, vars, r.Call, "import job")
}

// WaitIngestRequest names an import.
type WaitIngestRequest struct {
	// JobID is required.
	JobID string
	// Progress is told the job's state each time it is asked for.
	Progress func(IngestJob)

	Call
}

// WaitIngest asks for the state of an import every 10 s until it has ended, and
// reads its report. An import that monday rejected is an error, with what is
// known beside it; so is one that got no file for 10 minutes. It needs API
// version 2026-07 or newer.
func (c *Client) WaitIngest(ctx context.Context, r WaitIngestRequest) (IngestReport, error) {
	if err := required(opIngestStatus.Name, "JobID", r.JobID); err != nil {
		return IngestReport{}, err
	}
	r.Meta = r.Meta.orNew()
	for start := time.Now(); ; {
		job, err := one[IngestJob](ctx, c, opIngestStatus, variables("job", r.JobID), r.Call, "import job")
		job.ID = r.JobID
		if err != nil {
			return IngestReport{IngestJob: job}, err
		}
		if r.Progress != nil {
			r.Progress(job)
		}
		switch job.Status {
		case ingestCompleted:
			return c.ingestReport(ctx, job)
		case ingestRejected, ingestFailed:
			return IngestReport{IngestJob: job}, badIngest(job, r.Meta)
		case ingestPending:
			if time.Since(start) >= uploadLife {
				return IngestReport{IngestJob: job}, badJob(opIngestStatus, transport.ErrInvalid, transport.Rejected, r.Meta,
					Problem{Message: "the import got no file while its URL lived"})
			}
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return IngestReport{IngestJob: job}, err
		}
	}
}

// badIngest is the error of a job that imported nothing, or not all.
func badIngest(job IngestJob, meta *Meta) error {
	kind, outcome := transport.ErrInvalid, transport.Rejected
	switch job.Reason {
	case "ACCOUNT_CAPACITY_EXCEEDED":
		kind = transport.ErrQuota
	case "AUTHORIZATION_FAILED", "PERMISSION_DENIED":
		kind = transport.ErrAuth
	case "FILE_TOO_LARGE":
		kind = transport.ErrTooLarge
	case "INTERNAL_ERROR":
		kind = transport.ErrUnavailable
	}
	if job.Status == ingestFailed {
		outcome = transport.Unknown
	}
	return badJob(opIngestStatus, kind, outcome, meta, Problem{Code: job.Reason, Message: job.Message})
}

func (c *Client) ingestReport(ctx context.Context, job IngestJob) (IngestReport, error) {
	report := IngestReport{IngestJob: job}
	if job.ReportURL == "" {
		return report, nil
	}
	resp, err := c.http.Do(ctx, &opIngestReport, transport.Request{Method: http.MethodGet, URL: job.ReportURL})
	if err != nil {
		return report, wrap(err)
	}
	report.Rows, err = readReport(resp.Body)
	return report, err
}
