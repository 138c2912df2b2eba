package chatfueltest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport"
)

func ExampleNew() {
	srv := chatfueltest.New(chatfueltest.Config{Blocks: []string{"Przypomnienie"}})
	c, _ := chatfuel.New(chatfuel.Config{BotID: chatfueltest.BotID, Token: chatfueltest.Token, BaseURL: chatfueltest.URL},
		transport.WithTransport(srv.Transport()))
	_, err := c.Send(context.Background(), chatfuel.SendRequest{UserID: "42", BlockName: "Przypomnienie"})
	fmt.Println(len(srv.Messages()), err)
	_, err = c.Send(context.Background(), chatfuel.SendRequest{UserID: "42", BlockName: "Nic"})
	fmt.Println(len(srv.Messages()), err)
	// Output:
	// 1 <nil>
	// 1 chatfuel.send: invalid request, status 200: Block not found (rejected after 1 attempt(s))
}

// hello is somebody's server for JSON API blocks.
func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, `{"messages":[{"text":"Cześć, %s!"}],"set_attributes":{"greeted":true}}`, r.FormValue("first name"))
}

func ExampleNewBot() {
	bot := chatfueltest.NewBot(http.HandlerFunc(hello), map[string]string{"first name": "Jan"})
	res, err := bot.Get(context.Background(), "first name")
	fmt.Println(res.Reply.Messages[0].Text, bot.Attributes()["greeted"], err)
	// Output: Cześć, Jan! true <nil>
}

func ExampleNewRemoteBot() {
	srv := httptest.NewServer(http.HandlerFunc(hello))
	defer srv.Close()
	bot := chatfueltest.NewRemoteBot(srv.URL+"/hello?first%20name={{first name}}", map[string]string{"first name": "Jan Maria"})
	res, err := bot.Get(context.Background())
	fmt.Println(res.Reply.Messages[0].Text, err)
	// Output: Cześć, Jan Maria! <nil>
}
