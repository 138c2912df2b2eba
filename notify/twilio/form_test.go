package twilio_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

// canned answers every request with the same body and keeps the last request's.
type canned struct {
	answer string
	sent   string
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	c.sent = string(body)
	return &http.Response{StatusCode: http.StatusCreated, Body: io.NopCloser(strings.NewReader(c.answer)), Request: r}, err
}

// sendCanned sends req to a Twilio that gives a canned answer, and returns the form.
func sendCanned(t *testing.T, answer string, req twilio.SendMessageRequest) (twilio.Message, string) {
	t.Helper()
	rt := &canned{answer: answer}
	c, err := twilio.New(config(), transport.WithTransport(rt), transport.WithMaxAttempts(1))
	require.NoError(t, err)
	m, err := c.SendMessage(t.Context(), req)
	require.NoError(t, err)
	return m, rt.sent
}

const accepted = `{"sid":"SM1","status":"queued"}`

func TestClient_SendMessage_EveryParameter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // it is midnight, 1 January 2000
		_, form := sendCanned(t, accepted, twilio.SendMessageRequest{
			To: anna, MessagingServiceSID: service, Body: "a b", MediaURLs: []string{"https://m.example/1?a=b", "https://m.example/2"},
			ContentSID: "HX1", ContentVariables: map[string]string{"2": "&", "1": "x"}, StatusCallback: "https://c.example/",
			SendAt: time.Now().Add(time.Hour), ValidityPeriod: 90 * time.Second, SmartEncoded: true, ShortenURLs: true,
			ProvideFeedback: true, DiscardContent: true, ObfuscateAddress: true,
		})
		require.Equal(t, "AddressRetention=obfuscate&Body=a%20b&ContentRetention=discard&ContentSid=HX1"+
			"&ContentVariables=%7B%221%22%3A%22x%22%2C%222%22%3A%22%5Cu0026%22%7D"+
			"&MediaUrl=https%3A%2F%2Fm.example%2F1%3Fa%3Db&MediaUrl=https%3A%2F%2Fm.example%2F2&MessagingServiceSid="+service+
			"&ProvideFeedback=true&ScheduleType=fixed&SendAt=2000-01-01T01%3A00%3A00Z&ShortenUrls=true&SmartEncoded=true"+
			"&StatusCallback=https%3A%2F%2Fc.example%2F&To=%2B48501234567&ValidityPeriod=90", form)
	})
}

func TestClient_SendMessage_EscapesAsURLs(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for r := range rune(0x180) {
		body.WriteRune(r)
	}
	_, form := sendCanned(t, accepted, twilio.SendMessageRequest{To: anna, From: "Shop", Body: body.String()})
	want := url.Values{"To": {anna}, "From": {"Shop"}, "Body": {body.String()}}
	require.Equal(t, strings.ReplaceAll(want.Encode(), "+", "%20"), form)
}

func TestClient_SendMessage_ReadsOddAnswers(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		fields string
		want   twilio.Message
	}{
		"quoted":    {`"num_segments":"2","error_code":"30003"`, twilio.Message{Segments: 2, ErrorCode: 30003}},
		"bare":      {`"num_media":3,"error_code":30003`, twilio.Message{Media: 3, ErrorCode: 30003}},
		"null":      {`"num_segments":null,"date_sent":null`, twilio.Message{}},
		"empty":     {`"num_segments":"","date_sent":""`, twilio.Message{}},
		"malformed": {`"num_segments":{},"num_media":"1e99","date_created":[1],"date_sent":"soon"`, twilio.Message{}},
		"zone":      {`"date_sent":"Fri, 01 May 2026 14:00:00 +0200"`, twilio.Message{Sent: noon}},
		"escaped":   {`"date_created":"Fri, 01 May 2026 12:00:00 \u002B0000"`, twilio.Message{Created: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := sendCanned(t, `{"sid":"SM1",`+tc.fields+`}`, twilio.SendMessageRequest{To: anna, Body: "x"})
			tc.want.SID = "SM1"
			require.Empty(t, cmp.Diff(tc.want, got))
		})
	}
}
