// Package crash kills receivers of webhooks in the middle of their work and
// counts what is lost or done twice. The test binary runs itself again as the
// process to be killed.
package crash

import (
	"context"
	"os"
	"strconv"

	"github.com/centrala-go/centrala/webhook"
)

// Rounds names the environment variable with the number of kills per test.
// Unset means 3, which every run of the tests has time for; the figures in the
// documentation come from 100.
const Rounds = "CENTRALA_CRASH_ROUNDS"

const (
	modeVar, whereVar = "CENTRALA_CRASH_CHILD", "CENTRALA_CRASH_WHERE"

	durable = "durable" // acknowledge what is stored
	hasty   = "hasty"   // the control: acknowledge, store later, do effects unguarded
)

// Node is one process's view of the store under test.
type Node struct {
	Inbox webhook.Inbox
	// Work does the effect of an event, a row that may come twice, and settles
	// claim and event, all in one transaction.
	Work func(context.Context, webhook.Delivery) error
	// Careless does the effect and settles nothing.
	Careless func(context.Context, webhook.Delivery) error
	// Lapse ends all leases.
	Lapse func(context.Context) error
	// Jobs are those that the inbox's hook has stored in the transactions of the
	// events, one per transaction: the ids of its events.
	Jobs func(context.Context) ([][]int64, error)
	// Stored and Effects count inbox rows and effects by key.
	Stored, Effects func(context.Context) (map[string]int, error)
}

// Open opens the store that where names. Only where durable is true do its
// commits wait for the disk: who works off what is left afterwards need not.
type Open func(ctx context.Context, where string, durable bool) (*Node, error)

// Main does the work of TestMain, m.Run being run: it is the process to be
// killed where it was started as one.
func Main(run func() int, open Open) {
	if mode := os.Getenv(modeVar); mode != "" {
		os.Exit(child(mode, os.Getenv(whereVar), open))
	}
	os.Exit(run())
}

// T is a *testing.T.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Context() context.Context
}

func rounds(t T) int {
	t.Helper()
	text := os.Getenv(Rounds)
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number above 0", Rounds, text)
	}
	return n
}
