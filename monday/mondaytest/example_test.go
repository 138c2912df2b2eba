package mondaytest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
	"github.com/centrala-go/centrala/webhook"
)

func Example() {
	srv := mondaytest.New(mondaytest.Config{})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	srv.Inject(transporttest.Fault{Reset: true, After: true}) // the item is created, and the answer is lost
	_, err := c.CreateItem(context.Background(), monday.CreateItemRequest{BoardID: mondaytest.BoardID, Name: "Ada"})
	fmt.Println(err, len(srv.Requests()), len(srv.Items(mondaytest.BoardID)))
	// Output: <nil> 2 1
}

func ExampleNew() {
	srv := mondaytest.New(mondaytest.Config{Token: "a-token-of-your-own"})
	c, _ := monday.New(monday.Config{Token: "another-token", BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	_, err := c.GetBoard(context.Background(), monday.GetBoardParams{BoardID: mondaytest.BoardID})
	fmt.Println(errors.Is(err, transport.ErrAuth))
	// Output: true
}

func ExampleDefaultBoard() {
	board := mondaytest.DefaultBoard()
	board.ID, board.Name = "42", "Archive"
	srv := mondaytest.New(mondaytest.Config{Boards: []mondaytest.Board{mondaytest.DefaultBoard(), board}})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	b, err := c.GetBoard(context.Background(), monday.GetBoardParams{BoardID: "42"})
	fmt.Println(b.Name, len(b.Columns) == len(board.Columns), err)
	// Output: Archive true <nil>
}

func ExampleLowestPlan() {
	srv := mondaytest.New(mondaytest.Config{Limits: mondaytest.LowestPlan()})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	_, err := c.GetBoard(context.Background(), monday.GetBoardParams{BoardID: mondaytest.BoardID})
	fmt.Println(err)
	fmt.Println(mondaytest.LowestPlan().RequestsPerMinute)
	// Output:
	// <nil>
	// 1000
}

func ExampleSignWebhook() {
	const url = "https://example.com/monday/events"
	verifier, err := monday.NewWebhookVerifier(monday.WebhookConfig{Keys: webhook.OneKey("the-signing-secret"), Audience: url})
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Now()
	proof, err := verifier.Verify(&webhook.Message{
		Method: http.MethodPost, URL: url, Now: now, Body: []byte(`{"event":{}}`),
		Header: http.Header{"Authorization": {mondaytest.SignWebhook("the-signing-secret", url, now)}},
	})
	fmt.Println(proof.Scheme, proof.BodyAuthenticated, err)
	// Output: monday false <nil>
}

func ExampleRefusals() {
	srv := mondaytest.New(mondaytest.Config{})
	c, _ := monday.New(monday.Config{Token: mondaytest.Token, BaseURL: mondaytest.URL}, transport.WithTransport(srv.Transport()))
	srv.Inject(mondaytest.Refusals()["day"])
	_, err := c.Me(context.Background())
	fmt.Println(errors.Is(err, transport.ErrQuota))
	// Output: true
}
