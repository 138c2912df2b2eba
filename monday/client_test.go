package monday_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
)

func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	token := func(context.Context) (string, error) { return "x", nil }
	for field, cfg := range map[string]monday.Config{
		"Token":                    {},
		"TokenFunc":                {Token: "x", TokenFunc: token},
		"BaseURL":                  {Token: "x", BaseURL: "http://api.monday.com/v2"},
		"APIVersion":               {Token: "x", APIVersion: "2026-11"},
		"Limits.RequestsPerMinute": {Token: "x", Limits: monday.Limits{RequestsPerMinute: -1}},
		"Limits.Concurrency":       {Token: "x", Limits: monday.Limits{Concurrency: -1}},
	} {
		_, err := monday.New(cfg)
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
}

func TestNew_TokenFunc(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	asked := 0
	c, err := monday.New(monday.Config{BaseURL: mondaytest.URL, TokenFunc: func(context.Context) (string, error) {
		asked++
		if asked <= 2 { // a 401 makes the client ask once more
			return "old-token-of-yesterday", nil
		}
		return mondaytest.Token, nil
	}}, transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	require.ErrorIs(t, err, transport.ErrAuth)
	require.Equal(t, transport.Rejected, transport.OutcomeOf(err))
	create(t, c, "Ada", nil)
	require.Len(t, srv.Items(board), 1)
}

func TestConfig_HidesToken(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOi-very-secret"
	cfg := monday.Config{Token: token}
	c, err := monday.New(cfg)
	require.NoError(t, err)
	for _, v := range []any{cfg, &cfg, c} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		asJSON, err := json.Marshal(v)
		require.NoError(t, err)
		text := fmt.Sprintf("%v %+v %#v %s %q %x", v, v, v, v, v, v) + log.String() + string(asJSON)
		require.NotContains(t, text, token)
		require.NotContains(t, text, fmt.Sprintf("%x", token))
	}
}

func TestClient_TokenStaysInside(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{Token: "the-vendor-wants-another"})
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "Ada"})
	require.ErrorIs(t, err, transport.ErrAuth)
	e, ok := errors.AsType[*monday.Error](err)
	require.True(t, ok)
	require.Equal(t, "NOT_AUTHENTICATED", e.Code)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, e.LogValue()), mondaytest.Token)
	require.Equal(t, mondaytest.Token, srv.Requests()[0].Header.Get("Authorization"))
}

func TestClient_Versions(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	var meta monday.Meta
	_, err := c.CreateItem(t.Context(), monday.CreateItemRequest{
		BoardID: board, Name: "Ada", Call: monday.Call{APIVersion: "2024-10", Meta: &meta},
	})
	require.NoError(t, err)
	require.Equal(t, "2024-10", srv.Requests()[0].Header.Get("Api-Version"))
	require.Equal(t, "2026-07", meta.APIVersion)
	require.True(t, meta.Fallback)
	require.NotEmpty(t, meta.RequestID)

	create(t, c, "Bob", nil)
	require.Equal(t, monday.DefaultAPIVersion, srv.Requests()[1].Header.Get("Api-Version"))

	_, err = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Call: monday.Call{APIVersion: "latest"}})
	require.ErrorContains(t, err, "APIVersion")
	require.Len(t, srv.Requests(), 2)
}

func TestClient_OverTCP(t *testing.T) {
	t.Parallel()
	srv := mondaytest.New(mondaytest.Config{})
	base, stop, err := srv.Start()
	require.NoError(t, err)
	defer stop()
	c, err := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: base + "/v2"})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	create(t, c, "Ada", monday.Columns{"email": monday.Email{Address: "ada@example.com"}})
	require.Equal(t, "ada@example.com", srv.Items(board)[0].Columns["email"])
}

// Words that monday does not have are refused by the name of their field.
func TestClient_RefusesUnknownWords(t *testing.T) {
	t.Parallel()
	c, srv := setup(t, mondaytest.Config{})
	ctx := t.Context()
	for field, call := range map[string]func() error{
		`Kind is "open", want public, private, share`: func() error {
			_, err := c.CreateBoard(ctx, monday.CreateBoardRequest{Name: "x", Kind: "open"})
			return err
		},
		`Kind is "x"`:     func() error { _, err := c.ListBoards(ctx, monday.BoardsParams{Kind: "x"}); return err },
		`State is "gone"`: func() error { _, err := c.ListBoards(ctx, monday.BoardsParams{State: "gone"}); return err },
		`Attribute is "x"`: func() error {
			_, err := c.UpdateGroup(ctx, monday.UpdateGroupRequest{BoardID: board, GroupID: "topics", Attribute: "x", Value: "y"})
			return err
		},
		`Target is "Item"`: func() error {
			_, err := c.CreateNotification(ctx, monday.CreateNotificationRequest{UserID: "1", TargetID: "1", Text: "x", Target: "Item"})
			return err
		},
		`Position is "above"`: func() error {
			_, err := c.CreateItem(ctx, monday.CreateItemRequest{BoardID: board, Name: "x", RelativeTo: "1", Position: "above"})
			return err
		},
		"Position and RelativeTo": func() error {
			_, err := c.CreateGroup(ctx, monday.CreateGroupRequest{BoardID: board, Title: "x", Position: monday.After})
			return err
		},
		"URL is not an http URL": func() error {
			_, err := c.CreateWebhook(ctx, monday.CreateWebhookRequest{BoardID: board, URL: "https:///path?secret=s3cret", Event: "create_item"})
			require.NotContains(t, err.Error(), "s3cret")
			return err
		},
	} {
		err := call()
		require.ErrorIs(t, err, transport.ErrInvalid, field)
		require.ErrorContains(t, err, field)
	}
	require.Empty(t, srv.Requests())
}
