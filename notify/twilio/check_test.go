package twilio_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

const content = "HX0123456789abcdef0123456789abcdef"

// Every input that Twilio refuses or would misunderstand is refused before
// anything is sent, with its field named.
func TestClient_SendMessage_RefusesLocally(t *testing.T) {
	type change = func(*twilio.SendMessageRequest)
	for name, tc := range map[string]struct {
		change change
		field  string
		kind   error
	}{
		"no recipient":       {func(r *twilio.SendMessageRequest) { r.To = "" }, "To", notify.ErrInvalidRecipient},
		"national number":    {func(r *twilio.SendMessageRequest) { r.To = "501234567" }, "To", notify.ErrInvalidRecipient},
		"number with spaces": {func(r *twilio.SendMessageRequest) { r.To = "+48 501 234 567" }, "To", notify.ErrInvalidRecipient},
		"16 digits":          {func(r *twilio.SendMessageRequest) { r.To = "+4850123456789012" }, "To", notify.ErrInvalidRecipient},
		"leading zero":       {func(r *twilio.SendMessageRequest) { r.To = "+0501234567" }, "To", notify.ErrInvalidRecipient},
		"second line":        {func(r *twilio.SendMessageRequest) { r.To = anna + "\n" }, "To", notify.ErrInvalidRecipient},
		"malformed sender":   {func(r *twilio.SendMessageRequest) { r.From = "+12 34" }, "From", notify.ErrSender},
		"sender with spaces": {func(r *twilio.SendMessageRequest) { r.From = " Salon" }, "From", notify.ErrSender},
		"malformed service":  {func(r *twilio.SendMessageRequest) { r.MessagingServiceSID = "XX1" }, "MessagingServiceSID", notify.ErrSender},
		"no body":            {func(r *twilio.SendMessageRequest) { r.Body = "" }, "Body", nil},
		"1601 characters":    {func(r *twilio.SendMessageRequest) { r.Body = strings.Repeat("ż", 1601) }, "Body", nil},
		"not UTF-8":          {func(r *twilio.SendMessageRequest) { r.Body = "\xff" }, "Body", nil},
		"eleven files":       {func(r *twilio.SendMessageRequest) { r.MediaURLs = make([]string, 11) }, "MediaURLs", nil},
		"relative file":      {func(r *twilio.SendMessageRequest) { r.MediaURLs = []string{"/a.png"} }, "MediaURLs", nil},
		"variables alone":    {func(r *twilio.SendMessageRequest) { r.ContentVariables = map[string]string{"1": "x"} }, "ContentVariables", nil},
		"malformed content":  {func(r *twilio.SendMessageRequest) { r.ContentSID = "HX/../1" }, "ContentSID", nil},
		"empty variable": {func(r *twilio.SendMessageRequest) {
			r.ContentSID, r.ContentVariables = content, map[string]string{"1": ""}
		}, "ContentVariables[1]", nil},
		"relative callback":  {func(r *twilio.SendMessageRequest) { r.StatusCallback = "/status" }, "StatusCallback", nil},
		"no host":            {func(r *twilio.SendMessageRequest) { r.StatusCallback = "https:///s" }, "StatusCallback", nil},
		"no web address":     {func(r *twilio.SendMessageRequest) { r.StatusCallback = "ftp://example.com/s" }, "StatusCallback", nil},
		"underscore":         {func(r *twilio.SendMessageRequest) { r.StatusCallback = "https://my_host.pl/s" }, "StatusCallback", nil},
		"half a second":      {func(r *twilio.SendMessageRequest) { r.ValidityPeriod = time.Second / 2 }, "ValidityPeriod", nil},
		"ten hours and one":  {func(r *twilio.SendMessageRequest) { r.ValidityPeriod = 36001 * time.Second }, "ValidityPeriod", nil},
		"negative":           {func(r *twilio.SendMessageRequest) { r.ValidityPeriod = -time.Second }, "ValidityPeriod", nil},
		"no service to wait": {func(r *twilio.SendMessageRequest) { r.SendAt = time.Now().Add(time.Hour) }, "SendAt", nil},
		"too soon": {func(r *twilio.SendMessageRequest) {
			r.MessagingServiceSID, r.SendAt = service, time.Now().Add(14*time.Minute)
		}, "SendAt", nil},
		"too late": {func(r *twilio.SendMessageRequest) {
			r.MessagingServiceSID, r.SendAt = service, time.Now().AddDate(0, 0, 36)
		}, "SendAt", nil},
		"no service to short": {func(r *twilio.SendMessageRequest) { r.ShortenURLs = true }, "ShortenURLs", nil},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
				req := twilio.SendMessageRequest{To: anna, Body: "Do jutra"}
				tc.change(&req)
				_, err := c.SendMessage(t.Context(), req)
				var fe *transport.FieldError
				require.ErrorAs(t, err, &fe)
				require.Equal(t, tc.field, fe.Field)
				require.ErrorIs(t, err, transport.ErrInvalid)
				require.Equal(t, transport.NotSent, transport.OutcomeOf(err))
				if tc.kind != nil {
					require.ErrorIs(t, err, tc.kind)
				}
				if req.To != "" {
					require.NotContains(t, err.Error(), req.To)
				}
				require.Empty(t, srv.Requests())
			})
		})
	}
}

func TestClient_SendMessage_NoSender(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	cfg := config()
	cfg.From = ""
	c, err := twilio.New(cfg, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	_, err = c.SendSMS(t.Context(), notify.SMS{To: anna, Body: "x"})
	require.ErrorIs(t, err, notify.ErrSender)
	require.ErrorContains(t, err, "From is empty")
}

func TestClient_SendMessage_AllFields(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.Twilio, c *twilio.Client) {
		m, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{
			To: "whatsapp:+48501234567", MessagingServiceSID: service, Body: strings.Repeat("ż", 1600),
			MediaURLs:  slices.Repeat([]string{"https://example.com/a b.png", "https://example.com/c.png"}, 5),
			ContentSID: content, ContentVariables: map[string]string{"1": "Anna"}, SendAt: time.Now().Add(15 * time.Minute),
			ValidityPeriod: time.Hour, SmartEncoded: true, ShortenURLs: true, ProvideFeedback: true,
			DiscardContent: true, ObfuscateAddress: true, StatusCallback: "https://example.com/s",
		})
		require.NoError(t, err)
		require.Equal(t, "scheduled", m.Status)
		require.True(t, m.Sent.IsZero())
		form := string(srv.Requests()[0].Body)
		for _, part := range []string{
			"ScheduleType=fixed", "SendAt=2000-01-01T00%3A15%3A00Z", "ValidityPeriod=3600", "SmartEncoded=true", "ShortenUrls=true",
			"ProvideFeedback=true", "ContentRetention=discard", "AddressRetention=obfuscate", "ContentVariables=%7B%221%22%3A%22Anna%22%7D",
			"MediaUrl=https%3A%2F%2Fexample.com%2Fa%20b.png&MediaUrl=",
		} {
			require.Contains(t, form, part)
		}
		require.NotContains(t, form, "From=", "a service of the request replaces the configured sender")
	})
}
