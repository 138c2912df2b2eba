package mondaytest

import (
	"net/http"
	"time"
)

// job is a bulk archive or delete.
type job struct {
	items   []*item
	was     []string
	failed  int
	started time.Time
	undone  bool
}

// defaultJobTime is how long jobs take.
const defaultJobTime = 15 * time.Second

// startBulk archives or deletes items under a job.
func startBulk(state string) resolver {
	return func(x *run, args arguments) (any, error) {
		b, err := x.board(args.text("board_id"))
		if err != nil {
			return nil, err
		}
		j := &job{started: time.Now()}
		for _, id := range args.list("item_ids") {
			i := b.find(id)
			if i == nil || i.state == stateDeleted {
				j.failed++
				continue
			}
			j.items, j.was = append(j.items, i), append(j.was, i.state)
			i.state = state
		}
		id := x.s.id()
		x.s.jobs[id] = j
		return node{"__typename": "BulkDeleteInit", "job_id": id}, nil
	}
}

func jobStatus(x *run, args arguments) (any, error) {
	j := x.s.jobs[args.text("job_id")]
	if j == nil {
		return nil, fail("ResourceNotFoundException", "The job was not found").with("resource_type", "job")
	}
	n := node{
		"__typename": "AsyncJobStatus", "id": args.text("job_id"), "status": "RUNNING",
		"created_at": j.started.UTC().Format(time.RFC3339), "updated_at": j.started.UTC().Format(time.RFC3339),
	}
	if time.Since(j.started) >= x.s.cfg.JobTime {
		n["status"] = "COMPLETED"
		n["result"] = node{"__typename": "AsyncJobResult", "total": len(j.items) + j.failed, "succeeded": len(j.items), "failed": j.failed, "details": nil}
	}
	return n, nil
}

func undoAction(x *run, args arguments) (any, error) {
	j := x.s.jobs[args.text("job_id")]
	switch {
	case j == nil:
		return nil, &failure{code: "ResourceNotFoundException", message: "The job was not found", inner: http.StatusNotFound}
	case j.undone:
		return node{"__typename": "UndoResult", "success": false, "message": "The action was undone already"}, nil
	}
	for n, i := range j.items {
		i.state = j.was[n]
	}
	j.undone = true
	return node{"__typename": "UndoResult", "success": true, "message": "done"}, nil
}
