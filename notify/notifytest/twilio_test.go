package notifytest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/transport/transporttest"
)

const mg = "MG0123456789abcdef0123456789abcdef"

// form is a valid message with some parameters replaced, or dropped if empty.
func form(changes ...string) string {
	v := url.Values{"To": {"+48501234567"}, "From": {notifytest.TwilioNumber}, "Body": {"x"}}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v.Encode()
}

func TestTwilio_Refuses(t *testing.T) {
	t.Parallel()
	later := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	for _, tc := range []struct {
		form   string
		status int
		code   int
	}{
		{form("To", ""), 400, 21604},
		{form("To", "501234567"), 400, 21211},
		{form("To", "+48600000000"), 400, 21610},
		{form("To", "+15005550002"), 400, 21612},
		{form("From", ""), 400, 21603},
		{form("From", "+12025550123"), 400, 21606},
		{form("From", "+15005550008"), 429, 21611},
		{form("From", "", "MessagingServiceSid", "MG1"), 400, 21705},
		{form("From", "", "MessagingServiceSid", strings.ReplaceAll(mg, "0", "f")), 400, 21705},
		{form("Body", ""), 400, 21619},
		{form("Body", strings.Repeat("ż", 1601)), 400, 21617},
		{form() + strings.Repeat("&MediaUrl=x", 11), 400, 21623},
		{form("ContentVariables", `{"1":"x"}`), 400, 21654},
		{form("ContentSid", "HX1"), 400, 21655},
		{form("ContentSid", "HX"+mg[2:], "ContentVariables", `{"1":""}`), 400, 21656},
		{form("ContentSid", "HX"+mg[2:], "ContentVariables", `{"1":null}`), 400, 21656},
		{form("ContentSid", "HX"+mg[2:], "ContentVariables", `x`), 400, 21656},
		{form("ValidityPeriod", "36001"), 400, 21658},
		{form("StatusCallback", "https://a_b.pl/"), 400, 21609},
		{form("MessagingServiceSid", mg, "ScheduleType", "fixed", "SendAt", later(time.Minute)), 400, 35114},
		{form("MessagingServiceSid", mg, "ScheduleType", "fixed", "SendAt", later(36*24*time.Hour)), 400, 35114},
		{form("MessagingServiceSid", mg, "ScheduleType", "fixed", "SendAt", "tomorrow"), 400, 35114},
		{form("MessagingServiceSid", mg, "SendAt", later(time.Hour)), 400, 35114},
	} {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{OptedOut: []string{"+48600000000"}, Services: []string{mg}})
		status, body := call(t, srv, http.MethodPost, "/Messages.json", tc.form)
		require.Equal(t, tc.status, status, tc.form)
		require.JSONEq(t, fmt.Sprintf(`{"code":%d,"status":%d,"message":%q,"more_info":"https://www.twilio.com/docs/errors/%d"}`,
			tc.code, tc.status, message(t, body), tc.code), body)
		require.Empty(t, srv.Messages())
	}
}

// message is the text of an error body.
func message(t *testing.T, body string) string {
	t.Helper()
	var e struct{ Message string }
	require.NoError(t, json.Unmarshal([]byte(body), &e))
	require.NotEmpty(t, e.Message)
	return e.Message
}

// Without a service Twilio drops the schedule and sends at once.
func TestTwilio_IgnoresSchedulesWithoutService(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	status, body := call(t, srv, http.MethodPost, "/Messages.json", form("ScheduleType", "fixed", "SendAt", at))
	require.Equal(t, http.StatusCreated, status)
	require.Contains(t, body, `"status":"queued"`)
}

func TestTwilio_StatusesFollowTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
		at := time.Now().Add(time.Hour)
		_, _ = call(t, srv, http.MethodPost, "/Messages.json", form())
		_, body := call(t, srv, http.MethodPost, "/Messages.json", form("From", "", "MessagingServiceSid", mg))
		require.Contains(t, body, `"num_segments":"0"`)
		_, _ = call(t, srv, http.MethodPost, "/Messages.json",
			form("MessagingServiceSid", mg, "ScheduleType", "fixed", "SendAt", at.Format(time.RFC3339)))
		statuses := func() (out []string) {
			for _, m := range srv.Messages() {
				out = append(out, m.Status)
			}
			return out
		}
		require.Equal(t, []string{"queued", "accepted", "scheduled"}, statuses())
		require.True(t, srv.Messages()[2].DateSent.IsZero())
		time.Sleep(time.Second)
		require.Equal(t, []string{"sent", "sent", "scheduled"}, statuses())
		time.Sleep(time.Second)
		require.True(t, srv.SetStatus(srv.Messages()[1].SID, "undelivered", 30003))
		require.False(t, srv.SetStatus("SM1", "failed", 0))
		require.Equal(t, []string{"delivered", "undelivered", "scheduled"}, statuses())
		time.Sleep(time.Hour)
		require.Equal(t, "delivered", srv.Messages()[2].Status)
		require.True(t, at.Equal(srv.Messages()[2].DateSent))
	})
}

func TestTwilio_UpdateAndDelete(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	_, _ = call(t, srv, http.MethodPost, "/Messages.json", form())
	path := "/Messages/" + srv.Messages()[0].SID + ".json"
	status, _ := call(t, srv, http.MethodPost, path, "Status=canceled")
	require.Equal(t, http.StatusBadRequest, status, "it is not scheduled")
	status, _ = call(t, srv, http.MethodPost, path, "Body=")
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, srv.Messages()[0].Body)
	status, _ = call(t, srv, http.MethodPut, path, "")
	require.Equal(t, http.StatusMethodNotAllowed, status)
	status, body := call(t, srv, http.MethodDelete, path, "")
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, body)
	status, _ = call(t, srv, http.MethodGet, path, "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestTwilio_ListRefuses(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	for _, query := range []string{"PageSize=0", "PageSize=1001", "PageSize=x", "DateSent%3E=yesterday"} {
		status, _ := call(t, srv, http.MethodGet, "/Messages.json?"+query, "")
		require.Equal(t, http.StatusBadRequest, status, query)
	}
}

func TestTwilio_Guards(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{AuthToken: "other-token"})
	status, body := call(t, srv, http.MethodPost, "/Messages.json", form())
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, body, `"code":20003`)
	srv = notifytest.NewTwilio(notifytest.TwilioConfig{})
	status, _ = call(t, srv, http.MethodGet, "/Calls.json", "")
	require.Equal(t, http.StatusNotFound, status)
}

func TestTwilio_Concurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{Concurrency: 2, Latency: time.Second})
		statuses := make(chan int, 3)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				status, _ := call(t, srv, http.MethodPost, "/Messages.json", form())
				statuses <- status
			})
		}
		wg.Wait()
		require.Equal(t, http.StatusTooManyRequests, <-statuses, "the one too many is refused at once")
		require.Equal(t, http.StatusCreated, <-statuses)
		require.Equal(t, http.StatusCreated, <-statuses)
		require.Len(t, srv.Messages(), 2)
	})
}

func TestTwilio_State(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
		srv.Inject(transporttest.Fault{Status: 500, After: true})
		_, _ = call(t, srv, http.MethodPost, "/Messages.json", form())
		out, err := json.Marshal(srv.State())
		require.NoError(t, err)
		require.JSONEq(t, `{"messages":[{"sid":"`+srv.Messages()[0].SID+`","to":"+48501234567","from":"+15005550006","body":"x",
			"status":"queued","date_sent":"2000-01-01T00:00:00Z","date_created":"2000-01-01T00:00:00Z"}]}`, string(out))
	})
}
