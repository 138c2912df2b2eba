package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/centrala-go/centrala/webhook"
)

// child receives and works until it is killed, or its parent is gone.
func child(mode, where string, open Open) int {
	err := receive(mode, where, open)
	fmt.Fprintln(os.Stderr, "child:", err)
	return 1
}

func receive(mode, where string, open Open) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	node, err := open(ctx, where, true)
	if err != nil {
		return err
	}
	handler, err := node.handler(ctx, mode)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler}
	webhook.Harden(server)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	for range workers(mode) {
		go func() { failed <- node.work(ctx) }()
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		failed <- errors.New("parent is gone")
	}()
	fmt.Fprintln(os.Stdout, listener.Addr())
	return <-failed
}

// workers are several, so that a kill meets somebody at work; the control
// works by itself.
func workers(mode string) int {
	if mode == hasty {
		return 0
	}
	return 4
}

func (n *Node) handler(ctx context.Context, mode string) (http.Handler, error) {
	c := webhook.Config{
		Source: "crash", AllowUnverified: true,
		Key: func(e webhook.Event) string { return e.Header.Get("X-Key") },
	}
	if mode == durable {
		c.Inbox = n.Inbox
		return webhook.NewHandler(c, nil)
	}
	later := make(chan webhook.Event)
	go n.behind(ctx, later)
	return webhook.NewHandler(c, func(_ context.Context, e webhook.Event) error {
		later <- e
		return nil
	})
}

// behind is what the control must not do: it keeps the last events, which are
// acknowledged, in memory only, and works on the others without a guard. So
// each kill loses some events and leaves effects to be done twice, however
// fast or slow the machine is.
func (n *Node) behind(ctx context.Context, later <-chan webhook.Event) {
	var kept []webhook.Event
	for e := range later {
		if kept = append(kept, e); len(kept) <= held {
			continue
		}
		e, kept = kept[0], kept[1:]
		if _, err := n.Inbox.Put(ctx, webhook.InboxEvent{Source: e.Source, Key: e.Key, Body: e.Body}); err != nil {
			return
		}
		if _, err := n.workSome(ctx, n.Careless); err != nil {
			return
		}
	}
}

// work takes events until ctx ends or the inbox fails.
func (n *Node) work(ctx context.Context) error {
	for {
		worked, err := n.workSome(ctx, n.Work)
		if err != nil {
			return err
		}
		if worked > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func (n *Node) workSome(ctx context.Context, work func(context.Context, webhook.Delivery) error) (int, error) {
	ds, err := n.Inbox.Take(ctx, 8, time.Hour) // nobody waits for a lease here: see Lapse
	for _, d := range ds {
		if err := work(ctx, d); err != nil {
			return 0, err
		}
	}
	return len(ds), err
}
