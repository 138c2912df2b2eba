package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/analytics/analyticstest"
	"github.com/centrala-go/centrala/booksy/booksytest"
	"github.com/centrala-go/centrala/examples/internal/fakes"
	"github.com/centrala-go/centrala/examples/internal/pgtest"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/webhook/sqlitestore"
)

// asServer makes the test binary run as the server itself.
const asServer = "CENTRALA_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

const token = "test-webhook-token"

// process is the server as a child process in live mode, against fakes that
// outlive it.
type process struct {
	url string
	cmd *exec.Cmd
}

// startProcess returns once the server has told where it listens.
func startProcess(t *testing.T, f *fakes.Fakes, db string) *process {
	t.Helper()
	p := &process{}
	p.cmd = exec.CommandContext(t.Context(), os.Args[0], "-step-lease", "5s")
	p.cmd.Env = append(os.Environ(), asServer+"=1",
		"ADDR=127.0.0.1:0", "DATABASE_URL="+db, "CHATFUEL_WEBHOOK_TOKEN="+token, "ADMIN_TOKEN="+token,
		"MONDAY_API_URL="+f.URLs["monday"]+"/v2", "MONDAY_API_TOKEN="+mondaytest.Token, "MONDAY_BOARD_ID="+mondaytest.BoardID,
		"BOOKSY_API_URL="+f.URLs["booksy"], "BOOKSY_API_KEY="+booksytest.Key, "BOOKSY_LIST_PATH="+fakes.ListPath,
		"GA_API_URL="+f.URLs["analytics"], "GA_MEASUREMENT_ID="+analyticstest.MeasurementID, "GA_API_SECRET="+analyticstest.APISecret,
		"SENDGRID_API_URL="+f.URLs["sendgrid"], "SENDGRID_API_KEY="+notifytest.SendGridKey, "EMAIL_FROM=biuro@example.com",
		"TWILIO_API_URL="+f.URLs["twilio"], "TWILIO_ACCOUNT_SID="+notifytest.TwilioAccount,
		"TWILIO_AUTH_TOKEN="+notifytest.TwilioToken, "TWILIO_PHONE_NUMBER="+notifytest.TwilioNumber,
	)
	p.cmd.Stderr = t.Output()
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n') // it writes no other
	require.NoError(t, err)
	p.url = strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	return p
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(syscall.SIGKILL)
		_ = p.cmd.Wait()
	}
}

func (p *process) post(ctx context.Context, path, body string) (int, string, error) {
	return p.postAs(ctx, token, path, body)
}

func (p *process) postAs(ctx context.Context, token, path, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Webhook-Token", token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

type flowsAnswer struct {
	Flows []struct {
		ID, State string
		Steps     []struct{ Name, State, Error string }
	}
}

func (p *process) flows(t *testing.T) flowsAnswer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/api/flows?limit=500", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	var a flowsAnswer
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
	return a
}

// bookings are n bookings of different customers and slots.
func bookings(n int) []string {
	bodies := make([]string, n)
	day := time.Date(2031, 5, 5, 0, 0, 0, 0, time.UTC)
	for i := range bodies {
		bodies[i] = fmt.Sprintf(`{"userId":"u-%d","name":"Klient %d","email":"k%d@example.com","phone":"+4860%07d",`+
			`"topic":"Kredyt","source":"Website","serviceId":"svc-1","staffId":"staff-1","date":"%s","time":"%02d:%02d"}`,
			i, i, i, i, day.AddDate(0, 0, i/16).Format(time.DateOnly), 9+i%16/2, i%2*30)
	}
	return bodies
}

// send posts all bodies with 16 at a time and counts the answers with 200.
func (p *process) send(ctx context.Context, bodies []string) int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	ok := 0
	slots := make(chan struct{}, 16)
	for _, body := range bodies {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if status, _, err := p.post(ctx, "/flows/booking", body); err == nil && status == http.StatusOK {
				mu.Lock()
				defer mu.Unlock()
				ok++
			}
		})
	}
	wg.Wait()
	return ok
}

// counts are how often each fake saw an effect for each customer.
func counts(f *fakes.Fakes) map[string]map[string]int {
	seen := map[string]map[string]int{"appointment": {}, "lead": {}, "event": {}, "email": {}, "sms": {}}
	for _, a := range f.Booksy.Appointments() {
		seen["appointment"][a.CustomerPhone]++
	}
	for _, i := range f.Monday.Items(mondaytest.BoardID) {
		seen["lead"][i.Columns["text_key"]]++
	}
	for _, e := range f.Analytics.Events() {
		seen["event"][e.ClientID]++
	}
	for _, m := range f.SendGrid.Mails() {
		seen["email"][m.CustomArgs["centrala_key"]]++
	}
	for _, m := range f.Twilio.Messages() {
		seen["sms"][m.To]++
	}
	return seen
}

// database is a store that servers may keep their flows in.
type database struct {
	url string
	// open opens it beside the servers.
	open func(t *testing.T) *sql.DB
}

func sqliteDatabase(t *testing.T) database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "centrala.db")
	return database{"sqlite:" + path, func(t *testing.T) *sql.DB {
		t.Helper()
		db, err := sqlitestore.Open(t.Context(), "sqlite", path)
		require.NoError(t, err)
		return db
	}}
}

func postgresDatabase(t *testing.T) database {
	t.Helper()
	url := pgtest.Schema(t)
	return database{url, func(t *testing.T) *sql.DB {
		t.Helper()
		pool, err := pgxpool.New(t.Context(), url)
		require.NoError(t, err)
		t.Cleanup(pool.Close)
		return stdlib.OpenDBFromPool(pool)
	}}
}

// announced are the steps, by flow and name, that a killed server left running
// after they had announced a request.
func (d database) announced(t *testing.T) map[string]bool {
	t.Helper()
	db := d.open(t)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT flow_id, name, sent FROM flow_steps WHERE state = 'running' AND watched > 0")
	require.NoError(t, err)
	defer rows.Close()
	announced, left := map[string]bool{}, 0
	for rows.Next() {
		var id, step string
		var sent int
		require.NoError(t, rows.Scan(&id, &step, &sent))
		if left++; sent == 1 {
			announced[id+"/"+step] = true
		}
	}
	require.NoError(t, rows.Err())
	t.Logf("killed with %d watched steps running, %d of them announced", left, len(announced))
	return announced
}

// TestServer_KilledInTheMiddle kills the server with SIGKILL in the middle of
// 200 bookings and starts it again on the same database. Afterwards no effect
// may be doubled, and one may only be missing where nobody can know: at a step
// whose vendor offers no way to ask (analytics, e-mail), and only when it was
// killed between the announcement of its request and the answer. Such a step
// says "unknown".
func TestServer_KilledInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) database{"sqlite": sqliteDatabase, "postgres": postgresDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 200
			f, db, bodies := startFakes(t), open(t), bookings(n)
			first := startProcess(t, f, db.url)
			sent := make(chan struct{})
			go func() { defer close(sent); first.send(t.Context(), bodies[:3*n/4]) }()
			until(t, func() bool { return len(f.SendGrid.Mails()) >= n/4 })
			first.kill()
			<-sent
			announced := db.announced(t)

			second := startProcess(t, f, db.url)
			require.Equal(t, n, second.send(t.Context(), bodies), "the senders repeat what was not answered")
			checkEffects(t, second.settled(t), counts(f), n, announced)
		})
	}
}

// TestServer_TwoProcesses sends every booking to two servers on one database
// at the same time.
func TestServer_TwoProcesses(t *testing.T) {
	t.Parallel()
	const n = 40
	f, db, bodies := startFakes(t), postgresDatabase(t), bookings(n)
	one, two := startProcess(t, f, db.url), startProcess(t, f, db.url)
	var wg sync.WaitGroup
	for _, p := range []*process{one, two} {
		wg.Go(func() { p.send(t.Context(), bodies) })
	}
	wg.Wait()
	checkEffects(t, two.settled(t), counts(f), n, nil)
}

func startFakes(t *testing.T) *fakes.Fakes {
	t.Helper()
	f, err := fakes.Start()
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f
}

// settled waits until nothing more happens by itself.
func (p *process) settled(t *testing.T) flowsAnswer {
	t.Helper()
	var flows flowsAnswer
	until(t, func() bool { flows = p.flows(t); return settled(flows) })
	return flows
}

// until waits for check to become true, in the test's own goroutine and with
// the patience that a busy machine needs.
func until(t *testing.T, check func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(4 * time.Minute); !check(); <-tick.C {
		require.True(t, time.Now().Before(end), "this should have happened long ago")
	}
}

func settled(a flowsAnswer) bool {
	for _, f := range a.Flows {
		if f.State == "pending" || f.State == "running" {
			return false
		}
	}
	return true
}

// checkEffects wants every effect exactly once, but for those of unknown steps,
// and unknown only those that were announced when the server was killed.
func checkEffects(t *testing.T, flows flowsAnswer, seen map[string]map[string]int, n int, announced map[string]bool) {
	t.Helper()
	unknown := map[string]int{}
	require.Len(t, flows.Flows, n)
	for _, f := range flows.Flows {
		for _, s := range f.Steps {
			if s.State == "unknown" {
				require.Contains(t, announced, f.ID+"/"+s.Name, s.Error)
				unknown[s.Name]++
				continue
			}
			require.Equal(t, "done", s.State, "%s: %s", s.Name, s.Error)
		}
	}
	for effect, by := range seen {
		for who, times := range by {
			require.Equal(t, 1, times, "%s of %s", effect, who)
		}
		require.LessOrEqual(t, len(by), n)
		require.GreaterOrEqual(t, len(by), n-unknown[effect], effect)
		t.Logf("%s: %d of %d, %d unknown", effect, len(by), n, unknown[effect])
	}
}

// TestRun_Configuration runs the command itself: what it refuses, it refuses
// with exit code 2 and the name of the variable.
func TestRun_Configuration(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		env  map[string]string
		code int
		says string
	}{
		"sandbox":           {args: []string{"-check"}, code: 0, says: "sandbox"},
		"half a vendor":     {args: []string{"-check"}, env: map[string]string{"MONDAY_API_TOKEN": "x", "CHATFUEL_WEBHOOK_TOKEN": "y"}, code: 2, says: "MONDAY_BOARD_ID"},
		"no inbound secret": {args: []string{"-check"}, env: map[string]string{"BOOKSY_API_KEY": "x"}, code: 2, says: "CHATFUEL_WEBHOOK_TOKEN"},
		"insecure":          {args: []string{"-check", "-insecure-no-auth"}, env: map[string]string{"BOOKSY_API_KEY": "x"}, code: 0, says: "booksy     on"},
		"zone":              {args: []string{"-check"}, env: map[string]string{"TIMEZONE": "Mars/Base"}, code: 2, says: "TIMEZONE"},
		"flag":              {args: []string{"-nothing"}, code: 2, says: "nothing"},
		"list path":         {args: []string{"-check"}, env: map[string]string{"BOOKSY_API_KEY": "x", "BOOKSY_LIST_PATH": "list", "CHATFUEL_WEBHOOK_TOKEN": "y"}, code: 2, says: "BOOKSY_LIST_PATH"},
		"sender":            {args: []string{"-check"}, env: map[string]string{"SENDGRID_API_KEY": "x", "EMAIL_FROM": "me", "CHATFUEL_WEBHOOK_TOKEN": "y"}, code: 2, says: "EMAIL_FROM"},
		"help":              {args: []string{"-help"}, code: 0, says: "-insecure-no-auth"},
		"prefix":            {args: []string{"-check"}, env: map[string]string{"ALLOWED_IPS": "300.1.1.1"}, code: 2, says: "ALLOWED_IPS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			code := run(t.Context(), tc.args, func(k string) string { return tc.env[k] }, &out, &out)
			require.Equal(t, tc.code, code, out.String())
			require.Contains(t, out.String(), tc.says)
		})
	}
}
