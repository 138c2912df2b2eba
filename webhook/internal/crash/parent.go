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

	"github.com/centrala-go/centrala/webhook"
)

const clients = 32

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

// TestControl is Test with a receiver that acknowledges before it stores. It
// must lose events, or Test shows nothing.
func TestControl(t T, where string, open Open) {
	t.Helper()
	acked, found := run(t, hasty, where, open)
	lost, _ := compare(acked, found.stored)
	t.Logf("%d rounds: %d acknowledged, %d stored, lost %d", rounds(t), len(acked), len(found.stored), lost)
	if lost == 0 {
		t.Fatal("the control lost nothing")
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
		load(t, start(t, mode, where), fmt.Sprint("round", round), 50+rand.IntN(250), acked)
	}
	node, err := open(t.Context(), where)
	must(t, err)
	must(t, node.Lapse(t.Context()))
	must(t, node.drain(t.Context()))
	found.stored, err = node.Stored(t.Context())
	must(t, err)
	found.effects, err = node.Effects(t.Context())
	must(t, err)
	return acked, found
}

// drain works off what the dead left behind.
func (n *Node) drain(ctx context.Context) error {
	for {
		if worked, err := n.workSome(ctx); worked == 0 || err != nil {
			return err
		}
	}
}

type process struct {
	*exec.Cmd
	url string
}

func start(t T, mode, where string) process {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	p := process{Cmd: exec.CommandContext(t.Context(), self)}
	p.Env = append(os.Environ(), modeVar+"="+mode, whereVar+"="+where)
	var errs strings.Builder
	p.Stderr = &errs
	_, err = p.StdinPipe() // its end tells the child that we are gone
	must(t, err)
	out, err := p.StdoutPipe()
	must(t, err)
	must(t, p.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = p.Process.Kill()
		_ = p.Wait()
		t.Fatalf("child did not start: %v\n%s", err, errs.String())
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
	var mu sync.Mutex
	var all sync.WaitGroup
	got := 0
	for c := range clients {
		all.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", name, c, i-i%5/4) // every fifth repeats the one before
				if !post(t.Context(), transport, p.url, key) {
					return
				}
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
	_ = p.Process.Kill() // dead already, unless it never answered
	_ = p.Wait()         // says that it was killed
	if got < kill {
		t.Fatalf("the receiver stopped answering after %d of %d events: %s", got, kill, p.Stderr)
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
