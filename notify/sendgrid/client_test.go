package sendgrid_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	key := transport.StaticCredential("SG.x")
	for field, cfg := range map[string]sendgrid.Config{
		"APIKey is empty": {},
		"APIKey and":      {APIKey: "SG.x", APIKeyFunc: key},
		"From":            {APIKey: "SG.x", From: notify.Address{Email: "biuro"}},
		"From is empty":   {APIKey: "SG.x", From: notify.Address{Name: "Biuro"}},
		"BaseURL":         {APIKey: "SG.x", BaseURL: "http://api.sendgrid.com"},
		"OnBehalfOf":      {APIKey: "SG.x", OnBehalfOf: "a\r\nb"},
	} {
		_, err := sendgrid.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
	_, err := sendgrid.New(sendgrid.Config{APIKeyFunc: key})
	require.NoError(t, err)
}

func TestClient_HidesTheKey(t *testing.T) {
	t.Parallel()
	cfg := config()
	c, err := sendgrid.New(cfg)
	require.NoError(t, err)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{cfg, &cfg, c} {
		fmt.Fprintf(&out, "%v %+v %#v %s %q %d\n", v, v, v, v, v, v)
		log.Info("m", "v", v)
		require.NoError(t, json.NewEncoder(&out).Encode(v))
	}
	require.NotContains(t, out.String(), "fake-key")
	require.Contains(t, out.String(), sender.Email)
}

func TestClient_RotatesTheKey(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{APIKeys: []string{"SG.first-key", "SG.second-key"}})
	keys := []string{"SG.first-key", "SG.second-key"}
	cfg := config()
	cfg.APIKey, cfg.OnBehalfOf = "", "shop"
	cfg.APIKeyFunc = func(context.Context) (string, error) {
		key := keys[0]
		keys = keys[1:]
		return key, nil
	}
	c, err := sendgrid.New(cfg, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	for _, want := range []string{"SG.first-key", "SG.second-key"} {
		_, err := c.Send(t.Context(), confirmation())
		require.NoError(t, err)
		last := srv.Requests()[len(srv.Requests())-1]
		require.Equal(t, "Bearer "+want, last.Header.Get("Authorization"))
		require.Equal(t, "shop", last.Header.Get("On-Behalf-Of"))
		require.Equal(t, "application/json", last.Header.Get("Accept"))
	}
}

// Many goroutines must not mix up their mails.
func TestClient_Concurrent(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
	c := newClient(t, srv)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			req := confirmation()
			req.To = []notify.Address{{Email: fmt.Sprintf("p%d@example.com", i)}}
			req.Text = fmt.Sprintf("for p%d", i)
			if _, err := c.Send(context.WithoutCancel(t.Context()), req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Len(t, srv.Mails(), 50)
	for _, m := range srv.Mails() {
		require.Equal(t, "for "+strings.TrimSuffix(m.To, "@example.com"), m.Text)
	}
}

func TestError_SurvivesAnyBody(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		kind   error
		text   string
	}{
		"fields": {400, `{"errors":[{"message":"bad","field":"personalizations.0.to.0.email","help":null},
			{"message":"worse","field":"null","help":{"link":"x"}}],"id":"e1"}`, notify.ErrInvalidRecipient, "bad (personalizations.0.to.0.email); worse"},
		"sender":           {400, `{"errors":[{"message":"bad","field":"from.email","help":"x"}]}`, notify.ErrSender, "bad (from.email)"},
		"from_name is not": {400, `{"errors":[{"message":"bad","field":"from_name"}]}`, transport.ErrInvalid, "bad (from_name)"},
		"block":            {403, `{"errors":[{"message":"access forbidden","field":null}]}`, transport.ErrAuth, "access forbidden"},
		"key":              {401, `{"errors":[{"message":"authorization required"}]}`, transport.ErrAuth, "authorization required"},
		"quota":            {401, `{"errors":[{"message":"Maximum credits exceeded","field":null}]}`, transport.ErrQuota, "Maximum credits"},
		"html":             {400, `<html>`, transport.ErrInvalid, "status 400"},
		"empty":            {413, ``, transport.ErrTooLarge, "status 413"},
		"other types":      {400, `{"errors":[{"message":1}]}`, transport.ErrInvalid, "status 400"},
		"array":            {400, `[1,2]`, transport.ErrInvalid, "status 400"},
		"cut":              {400, `{"errors":[{"mess`, transport.ErrInvalid, "status 400"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
				srv.Inject(transporttest.Fault{Status: tc.status, Body: tc.body})
				_, err := c.Send(t.Context(), confirmation())
				require.ErrorIs(t, err, tc.kind)
				require.ErrorContains(t, err, tc.text)
				var se *sendgrid.Error
				require.ErrorAs(t, err, &se)
				var te *transport.Error
				require.ErrorAs(t, err, &te)
				require.Equal(t, tc.body, string(te.Body))
				require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
				require.Len(t, srv.Requests(), 1)
			})
		})
	}
}

func TestClient_Do(t *testing.T) {
	run(t, func(t *testing.T, srv *notifytest.SendGrid, c *sendgrid.Client) {
		_, err := c.Do(t.Context(), &transport.Op{Name: "sendgrid.templates", Safety: transport.Read},
			transport.Request{Path: "/v3/templates"})
		require.ErrorIs(t, err, transport.ErrNotFound, "the fake has no templates")
		require.Equal(t, http.MethodGet, srv.Requests()[0].Method)
	})
}

// The same over a real connection.
func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
	url, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	cfg := config()
	cfg.BaseURL = url
	c, err := sendgrid.New(cfg)
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	receipt, err := c.Send(t.Context(), confirmation())
	require.NoError(t, err)
	require.Equal(t, srv.Mails()[0].MessageID, receipt.ID)

	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err = c.Send(t.Context(), confirmation())
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.Len(t, srv.Mails(), 2)
}
