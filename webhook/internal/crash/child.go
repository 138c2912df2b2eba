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
	node, err := open(ctx, where)
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
	for range 4 { // so that a kill meets somebody at work
		go func() { failed <- node.work(ctx) }()
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		failed <- errors.New("parent is gone")
	}()
	fmt.Fprintln(os.Stdout, listener.Addr())
	return <-failed
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
	later := make(chan webhook.Event, 1<<16)
	go func() {
		for e := range later {
			if _, err := n.Inbox.Put(ctx, webhook.InboxEvent{Source: e.Source, Key: e.Key, Body: e.Body}); err != nil {
				return
			}
		}
	}()
	return webhook.NewHandler(c, func(_ context.Context, e webhook.Event) error {
		later <- e
		return nil
	})
}

// work takes events until ctx ends or the inbox fails.
func (n *Node) work(ctx context.Context) error {
	for {
		worked, err := n.workSome(ctx)
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

func (n *Node) workSome(ctx context.Context) (int, error) {
	ds, err := n.Inbox.Take(ctx, 8, time.Minute)
	for _, d := range ds {
		if err := n.Work(ctx, d); err != nil {
			return 0, err
		}
	}
	return len(ds), err
}
