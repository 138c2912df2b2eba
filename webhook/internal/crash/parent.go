package crash

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

const (
	clients = 32
	// held is how many acknowledged events the control keeps in memory. Of the
	// last ones it received, one per client may have been on its way, unknown to
	// us, and one per client may have repeated a stored one: the others are lost.
	held = 3 * clients
	// fewest is how many events are acknowledged before a kill. The control has
	// stored and worked on those that it did not keep.
	fewest = held + 2*clients
)

// Test kills a receiver in the middle of its work, round by round: whatever it
// acknowledged must be stored, and once the rest is worked off, done exactly
// once.
func Test(t T, where string, open Open) {
	t.Helper()
	acked, found := run(t, durable, where, open)
	lost, twice := compare(acked, found.effects)
	t.Logf("%d rounds: %d acknowledged, %d stored, %d done, lost %d, done twice %d",
		rounds(t), len(acked), len(found.stored), len(found.effects), lost, twice)
	if missing, _ := compare(acked, found.stored); missing > 0 || lost > 0 || twice > 0 {
		t.Fatalf("acknowledged and not stored %d, not done %d, done twice %d; want none", missing, lost, twice)
	}
}

// TestControl is Test with a receiver that acknowledges before it stores and
// works without a transaction. It must lose events and do others twice, or Test
// shows nothing.
func TestControl(t T, where string, open Open) {
	t.Helper()
	acked, found := run(t, hasty, where, open)
	lost, _ := compare(acked, found.stored)
	_, twice := compare(acked, found.effects)
	t.Logf("%d rounds: %d acknowledged, %d stored, lost %d, done twice %d", rounds(t), len(acked), len(found.stored), lost, twice)
	if len(found.stored) == 0 || lost == 0 || twice == 0 {
		t.Fatalf("the control stored %d, lost %d and did %d twice; want some of each", len(found.stored), lost, twice)
	}
}

type counts struct{ stored, effects map[string]int }

// compare counts the keys missing, and those there more than once.
func compare(keys, found map[string]int) (missing, twice int) {
	for key := range keys {
		if found[key] == 0 {
			missing++
		}
	}
	for _, n := range found {
		if n > 1 {
			twice++
		}
	}
	return missing, twice
}

func run(t T, mode, where string, open Open) (acked map[string]int, found counts) {
	t.Helper()
	acked = map[string]int{}
	for round := range rounds(t) {
		load(t, start(t, mode, where), fmt.Sprint("round", round), fewest+rand.IntN(100), acked)
	}
	node, err := open(t.Context(), where, false)
	must(t, err)
	must(t, node.Lapse(t.Context()))
	node.drain(t)
	found.stored, err = node.Stored(t.Context())
	must(t, err)
	found.effects, err = node.Effects(t.Context())
	must(t, err)
	return acked, found
}

// drain works off what the dead left behind, by the jobs alone: an event
// without a job stays undone, and counts as lost.
func (n *Node) drain(t T) {
	t.Helper()
	jobs, err := n.Jobs(t.Context())
	must(t, err)
	o := webhook.WorkOptions{MaxAttempts: 1 << 20}
	for _, ids := range jobs {
		again, err := webhook.WorkIDs(t.Context(), n.Inbox, o, ids, n.Work)
		must(t, err)
		if again > 0 {
			t.Fatalf("events of the job %v are left for %s", ids, again)
		}
	}
}

type process struct {
	*exec.Cmd
	url    string
	exited chan struct{}
	errs   *strings.Builder // to be read once it exited
}

func start(t T, mode, where string) process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	p := process{Cmd: exec.CommandContext(t.Context(), self), exited: make(chan struct{}), errs: &strings.Builder{}}
	p.Env = append(os.Environ(), modeVar+"="+mode, whereVar+"="+where)
	p.Stderr = p.errs
	_, err = p.StdinPipe() // its end tells the child that we are gone
	must(t, err)
	out, err := p.StdoutPipe()
	must(t, err)
	must(t, p.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() {
		_ = p.Wait() // says that it was killed
		close(p.exited)
	}()
	if err != nil {
		_ = p.Process.Kill()
		<-p.exited
		t.Fatalf("child did not start: %v\n%s", err, p.errs)
	}
	p.url = "http://" + strings.TrimSpace(line)
	return p
}

// load posts from many clients until as many events are acknowledged as asked
// for, kills the receiver there and then, and notes what it had acknowledged.
func load(t T, p process, name string, kill int, acked map[string]int) {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // of a receiver that hangs
	defer cancel()
	context.AfterFunc(ctx, func() { _ = p.Process.Kill() })
	var mu sync.Mutex
	var all sync.WaitGroup
	got := 0
	for c := range clients {
		all.Go(func() {
			for i := 0; ; {
				key := fmt.Sprintf("%s-%d-%d", name, c, i-i%5/4) // every fifth repeats the one before
				if !post(ctx, transport, p.url, key) {
					select {
					case <-p.exited:
						return
					default:
						continue // a sender repeats
					}
				}
				i++
				mu.Lock()
				acked[webhook.JoinKey("crash", key)]++
				if got++; got == kill {
					_ = p.Process.Kill()
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if got < kill {
		t.Fatalf("the receiver stopped after %d of %d events: %s", got, kill, p.errs)
	}
}

func post(ctx context.Context, transport *http.Transport, url, key string) bool {
	body := strings.NewReader(key + strings.Repeat(".", 1024-len(key)))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return false
	}
	r.Header.Set("X-Key", key)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

func must(t T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
