// Command chatfuel is a server for a JSON API block, called by a bot the way
// Chatfuel calls it, and then sends the user a reminder through the
// Broadcasting API. Both ends are fakes, so it needs no credentials:
//
//	go run ./examples/chatfuel
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport/transporttest"
	"github.com/centrala-go/centrala/webhook"
)

// headerValue is what the block sends in its X-Webhook-Token header. Yours comes
// from the environment.
const headerValue = "a long random text"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	handler, err := newHandler()
	if err != nil {
		return err
	}
	address, stop, err := transporttest.Listen("127.0.0.1:0", handler)
	if err != nil {
		return err
	}
	defer stop()

	bot := chatfueltest.NewRemoteBot(address, map[string]string{"first name": "Jan"})
	bot.Header.Set("X-Webhook-Token", headerValue)
	for _, phone := range []string{"", "+48600100200"} {
		bot.Set("phone", phone)
		res, err := bot.PostProfile(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "phone %q: %s\n", phone, res.Body)
	}
	return remind(ctx, out, fmt.Sprint(bot.Attributes()["messenger user id"]))
}

// newHandler answers the block that asks for a call back.
func newHandler() (http.Handler, error) {
	verifier, err := webhook.NewStaticToken(webhook.StaticTokenConfig{
		Header: "X-Webhook-Token", Keys: webhook.Keys{{Secret: webhook.NewSecret(headerValue)}},
	})
	if err != nil {
		return nil, err
	}
	return chatfuel.NewHandler(chatfuel.HandlerConfig{
		Verifier: verifier, Reply: callBack,
		Report: func(_ context.Context, err error) { log.Print(err) },
	})
}

func callBack(_ context.Context, in chatfuel.Attributes) (chatfuel.Reply, error) {
	if err := in.Require("phone"); err != nil {
		return chatfuel.Reply{}, err
	}
	return chatfuel.Reply{Messages: []chatfuel.Message{
		chatfuel.Text("Oddzwonimy, " + in.Name() + "!").WithQuickReplies(chatfuel.QuickBlock("Wolę spotkanie", "Rezerwacja")),
	}}, nil
}

// remind shows the user a block.
func remind(ctx context.Context, out io.Writer, userID string) error {
	vendor := chatfueltest.New(chatfueltest.Config{})
	base, stop, err := vendor.Start()
	if err != nil {
		return err
	}
	defer stop()
	client, err := chatfuel.New(chatfuel.Config{BotID: chatfueltest.BotID, Token: chatfueltest.Token, BaseURL: base})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	_, err = client.Send(ctx, chatfuel.SendRequest{
		UserID: userID, BlockName: "Przypomnienie", MessageTag: "CONFIRMED_EVENT_UPDATE",
		Attributes: map[string]any{"meeting_time": "10:00"},
	})
	if err != nil {
		return err
	}
	for _, m := range vendor.Messages() {
		fmt.Fprintf(out, "sent %q to %s with %v\n", m.Block, m.UserID, m.Attributes)
	}
	return nil
}
