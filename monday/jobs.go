package monday

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/transport"
)

var (
	opArchiveItems = mutation("bulk_archive_items", `
mutation archiveItems($board: ID!, $items: [ID!]!) {
  result: bulk_archive_items(board_id: $board, item_ids: $items) { job_id }
}`).from("2026-07")
	opDeleteItems = mutation("bulk_delete_items", `
mutation deleteItems($board: ID!, $items: [ID!]!) {
  result: bulk_delete_items(board_id: $board, item_ids: $items) { job_id }
}`).from("2026-07")
	opUndoAction = mutation("undo_action", `
mutation undoAction($job: ID!) {
  result: undo_action(job_id: $job) { success message }
}`).from("2026-07")
	opJobStatus = query("job_status", `
query jobStatus($job: ID!) {
  result: job_status(job_id: $job) { id status created_at updated_at error result { total succeeded failed details } }
}`).from("2026-07")
)

// ItemsRequest names items of a board; both are required.
type ItemsRequest struct {
	BoardID string
	ItemIDs []string

	Call
}

// ArchiveItems starts a job that archives items, and returns its id for
// WaitJob and UndoAction. It needs API version 2026-07 or newer.
func (c *Client) ArchiveItems(ctx context.Context, r ItemsRequest) (jobID string, err error) {
	return c.startJob(ctx, opArchiveItems, r)
}

// DeleteItems starts a job that deletes items, and returns its id for WaitJob
// and UndoAction. It needs API version 2026-07 or newer.
func (c *Client) DeleteItems(ctx context.Context, r ItemsRequest) (jobID string, err error) {
	return c.startJob(ctx, opDeleteItems, r)
}

func (c *Client) startJob(ctx context.Context, op *operation, r ItemsRequest) (string, error) {
	if err := required(op.Name, "BoardID", r.BoardID); err != nil {
		return "", err
	}
	if len(r.ItemIDs) == 0 {
		return "", transport.Invalid(op.Name, "ItemIDs", "is empty")
	}
	type started struct {
		JobID string `json:"job_id"`
	}
	job, err := one[started](ctx, c, op, variables("board", r.BoardID, "items", r.ItemIDs), r.Call, "job")
	return job.JobID, err
}

// JobRequest names a job.
type JobRequest struct {
	// JobID is required.
	JobID string

	Call
}

// UndoAction takes back what a job of ArchiveItems or DeleteItems did. It
// needs API version 2026-07 or newer.
func (c *Client) UndoAction(ctx context.Context, r JobRequest) error {
	op := opUndoAction
	if err := required(op.Name, "JobID", r.JobID); err != nil {
		return err
	}
	type undone struct {
		Success bool
		Message string
	}
	r.Meta = r.Meta.orNew()
	got, err := one[undone](ctx, c, op, variables("job", r.JobID), r.Call, "result")
	if err == nil && !got.Success {
		return badJob(op, transport.ErrConflict, transport.Rejected, r.Meta, Problem{Message: got.Message})
	}
	return err
}

// Job is the state of a job of ArchiveItems or DeleteItems.
type Job struct {
	ID string
	// Status is PENDING, RUNNING, COMPLETED, FAILED, EXPIRED or CANCELLED.
	Status string
	// Error is monday's reason of a job that failed.
	Error string
	// Total, Succeeded and Failed count items.
	Total, Succeeded, Failed int
	// Details is what monday says about single items, in its own form.
	Details json.RawMessage
}

// Finished reports whether the job will not change any more.
func (j Job) Finished() bool { return j.Status != "PENDING" && j.Status != "RUNNING" && j.Status != "" }

// UnmarshalJSON reads a job.
func (j *Job) UnmarshalJSON(raw []byte) error {
	var w struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		Error  string `json:"error"`
		Result struct {
			Total     int             `json:"total"`
			Succeeded int             `json:"succeeded"`
			Failed    int             `json:"failed"`
			Details   json.RawMessage `json:"details"`
		} `json:"result"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*j = Job{w.ID, w.Status, w.Error, w.Result.Total, w.Result.Succeeded, w.Result.Failed, w.Result.Details}
	return nil
}

// JobStatus reads the state of a job of ArchiveItems or DeleteItems. It needs
// API version 2026-07 or newer.
func (c *Client) JobStatus(ctx context.Context, r JobRequest) (Job, error) {
	if err := required(opJobStatus.Name, "JobID", r.JobID); err != nil {
		return Job{}, err
	}
	return one[Job](ctx, c, opJobStatus, variables("job", r.JobID), r.Call, "job")
}

// pollInterval is how often monday advises to ask for a job's state.
const pollInterval = 10 * time.Second

// WaitJob asks for the state of a job every 10 s until it has finished or ctx
// ends. A job that did not complete is an error, with the job beside it; some of
// its items may have been dealt with.
func (c *Client) WaitJob(ctx context.Context, r JobRequest) (Job, error) {
	r.Meta = r.Meta.orNew()
	for {
		job, err := c.JobStatus(ctx, r)
		switch {
		case err != nil:
			return job, err
		case job.Status == "COMPLETED":
			return job, nil
		case job.Finished():
			return job, badJob(opJobStatus, transport.ErrUnavailable, transport.Unknown, r.Meta,
				Problem{Message: "the job is " + job.Status + ": " + job.Error})
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return job, err
		}
	}
}

// badJob is the error of a job that was answered well and went badly.
func badJob(op *operation, kind error, outcome transport.Outcome, meta *Meta, p Problem) error {
	cause := answered(op, told{meta.RequestID, http.StatusOK, meta.Attempts}, 0, kind, p)
	cause.Outcome = outcome
	return newError(cause, frame{})
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
