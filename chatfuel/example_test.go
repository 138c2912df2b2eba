package chatfuel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/chatfuel/chatfueltest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
	"github.com/centrala-go/centrala/webhook"
)

func ExampleNewHandler() {
	verifier, err := webhook.NewStaticToken(webhook.StaticTokenConfig{
		Header: "X-Webhook-Token", Keys: webhook.Keys{{Secret: webhook.NewSecret("a long random text")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	h, err := chatfuel.NewHandler(chatfuel.HandlerConfig{
		Verifier: verifier,
		Reply: func(_ context.Context, in chatfuel.Attributes) (chatfuel.Reply, error) {
			if err := in.Require("phone"); err != nil {
				return chatfuel.Reply{}, err
			}
			return chatfuel.Reply{
				Messages: []chatfuel.Message{
					chatfuel.Text("Dziękujemy, " + in.Name() + "!").WithQuickReplies(chatfuel.QuickBlock("Umów spotkanie", "Rezerwacja")),
				},
				SetAttributes: map[string]any{"lead_id": "77"},
			}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}

	bot := chatfueltest.NewBot(h, map[string]string{"first name": "Jan", "phone": "+48600100200"})
	bot.Header.Set("X-Webhook-Token", "a long random text")
	res, err := bot.PostProfile(context.Background())
	fmt.Println(res.Status, string(res.Body), err)

	bot.Set("phone", "")
	res, err = bot.PostProfile(context.Background())
	fmt.Println(res.Status, string(res.Body), err)
	// Output:
	// 200 {"messages":[{"text":"Dziękujemy, Jan!","quick_replies":[{"title":"Umów spotkanie","block_names":["Rezerwacja"]}]}],"set_attributes":{"lead_id":"77","success":true}} <nil>
	// 200 {"set_attributes":{"error":"bad_request","error_detail":"phone is missing","success":false}} <nil>
}

func ExampleReadAttributes() {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/webhook?first+name=Jan", strings.NewReader(`{"chatfuel user id":"5f01","last name":"{{last name}}"}`))
	r.Header.Set("Content-Type", "application/json")
	in, err := chatfuel.ReadAttributes(r, chatfuel.DefaultMaxBody)
	fmt.Println(in.UserID(), in.Get("First_Name"), in.Get("last name") == "", err)
	// Output: 5f01 Jan true <nil>
}

func ExampleDecodeAttributes() {
	in, err := chatfuel.DecodeAttributes("", "application/x-www-form-urlencoded", []byte("messenger%20user%20id=42&sessions=3"))
	n, _ := in.Int("sessions")
	fmt.Println(in.UserID(), n, err)
	_, err = chatfuel.DecodeAttributes("", "application/json", []byte("[]"))
	fmt.Println(err)
	// Output:
	// 42 3 <nil>
	// chatfuel: the body is not a JSON object
}

func ExampleNewAttributes() {
	in := chatfuel.NewAttributes(map[string]string{"first name": "Jan", "email": "{{email}}"})
	for name, value := range in.All() {
		fmt.Printf("%s=%q\n", name, value)
	}
	// Output:
	// email=""
	// first name="Jan"
}

func ExampleReply() {
	reply := chatfuel.Reply{
		Messages: []chatfuel.Message{
			chatfuel.Image("https://example.com/hello.png"),
			chatfuel.TextCard("Co dalej?",
				chatfuel.BlockButton("Rezerwacja", "Rezerwacja"),
				chatfuel.LinkButton("Cennik", "https://example.com/cennik"),
				chatfuel.PhoneButton("Zadzwoń", "+48600100200")),
		},
		SetAttributes:    map[string]any{"source": "bot"},
		RedirectToBlocks: []string{"Koniec"},
	}
	b, err := json.MarshalIndent(reply, "", " ")
	fmt.Println(string(b), err)
	// Output:
	// {
	//  "messages": [
	//   {
	//    "attachment": {
	//     "type": "image",
	//     "payload": {
	//      "url": "https://example.com/hello.png"
	//     }
	//    }
	//   },
	//   {
	//    "attachment": {
	//     "type": "template",
	//     "payload": {
	//      "template_type": "button",
	//      "text": "Co dalej?",
	//      "buttons": [
	//       {
	//        "type": "show_block",
	//        "title": "Rezerwacja",
	//        "block_name": "Rezerwacja"
	//       },
	//       {
	//        "type": "web_url",
	//        "title": "Cennik",
	//        "url": "https://example.com/cennik"
	//       },
	//       {
	//        "type": "phone_number",
	//        "title": "Zadzwoń",
	//        "phone_number": "+48600100200"
	//       }
	//      ]
	//     }
	//    }
	//   }
	//  ],
	//  "set_attributes": {
	//   "source": "bot"
	//  },
	//  "redirect_to_blocks": [
	//   "Koniec"
	//  ]
	// } <nil>
}

func ExampleReply_Validate() {
	reply := chatfuel.Reply{Messages: []chatfuel.Message{
		chatfuel.TextCard("Kontakt", chatfuel.PhoneButton("Zadzwoń do naszego biura", "600100200")),
	}}
	fmt.Println(reply.Validate())
	// Output:
	// chatfuel.Reply: messages[0].attachment.payload.buttons[0].title has 24 characters, limit 20
	// chatfuel.Reply: messages[0].attachment.payload.buttons[0].phone_number is not in international form, +48600100200
}

func ExampleQuickCall() {
	m := chatfuel.Text("Pasuje?").WithQuickReplies(
		chatfuel.QuickBlock("Tak", "Potwierdzenie"),
		chatfuel.QuickCall("Inny termin", "https://example.com/free"),
		chatfuel.QuickSet("Nie", map[string]any{"interested": false}))
	b, err := json.Marshal(m.QuickReplies)
	fmt.Println(string(b), err)
	// Output: [{"title":"Tak","block_names":["Potwierdzenie"]},{"title":"Inny termin","url":"https://example.com/free","type":"json_plugin_url"},{"title":"Nie","set_attributes":{"interested":false}}] <nil>
}

func ExampleGallery() {
	m := chatfuel.Gallery(chatfuel.Element{
		Title: "Pakiet Start", ImageURL: "https://example.com/start.png",
		Buttons: []chatfuel.Button{chatfuel.CallButton("Wybierz", "https://example.com/choose")},
	})
	b, err := json.Marshal(m)
	fmt.Println(string(b), err)
	// Output: {"attachment":{"type":"template","payload":{"template_type":"generic","image_aspect_ratio":"square","elements":[{"title":"Pakiet Start","image_url":"https://example.com/start.png","buttons":[{"type":"json_plugin_url","title":"Wybierz","url":"https://example.com/choose"}]}]}}} <nil>
}

func ExampleVideo() {
	for _, m := range []chatfuel.Message{
		chatfuel.Video("https://example.com/a.mp4"), chatfuel.Audio("https://example.com/a.mp3"), chatfuel.File("https://example.com/a.pdf"),
		chatfuel.FacebookPost("video", "https://www.facebook.com/page/videos/1"),
	} {
		b, err := json.Marshal(m)
		fmt.Println(string(b), err)
	}
	// Output:
	// {"attachment":{"type":"video","payload":{"url":"https://example.com/a.mp4"}}} <nil>
	// {"attachment":{"type":"audio","payload":{"url":"https://example.com/a.mp3"}}} <nil>
	// {"attachment":{"type":"file","payload":{"url":"https://example.com/a.pdf"}}} <nil>
	// {"attachment":{"type":"template","payload":{"template_type":"media","elements":[{"media_type":"video","url":"https://www.facebook.com/page/videos/1"}]}}} <nil>
}

func ExampleFailureReply() {
	b, err := json.Marshal(chatfuel.FailureReply(errors.New("the database is down")))
	fmt.Println(string(b), err)
	// Output: {"set_attributes":{"error":"failed","error_detail":"","success":false}} <nil>
}

// connect returns a client of a fake.
func connect() (*chatfuel.Client, *chatfueltest.Server) {
	srv := chatfueltest.New(chatfueltest.Config{})
	c, err := chatfuel.New(chatfuel.Config{BotID: chatfueltest.BotID, Token: chatfueltest.Token, BaseURL: chatfueltest.URL},
		transport.WithTransport(srv.Transport()))
	if err != nil {
		log.Fatal(err)
	}
	return c, srv
}

func ExampleNew() {
	c, err := chatfuel.New(chatfuel.Config{BotID: "5f00", Token: "from Settings > API"})
	fmt.Println(c, err)
	_, err = chatfuel.New(chatfuel.Config{BotID: "5f00"})
	fmt.Println(err)
	// Output:
	// chatfuel.Client{BotID: 5f00, BaseURL: https://api.chatfuel.com} <nil>
	// chatfuel.New: Token is empty
}

func ExampleClient_Send() {
	c, srv := connect()
	res, err := c.Send(context.Background(), chatfuel.SendRequest{
		UserID: "1234567890123456", BlockName: "Przypomnienie", MessageTag: "CONFIRMED_EVENT_UPDATE",
		Attributes: map[string]any{"meeting_time": "10:00"},
	})
	fmt.Println(res.Result, err)
	for _, m := range srv.Messages() {
		fmt.Println(m.UserID, m.Block, m.Attributes)
	}
	// Output:
	// ok <nil>
	// 1234567890123456 Przypomnienie map[meeting_time:10:00]
}

// The connection breaks after the vendor has sent the message: the call says
// that nobody can know, instead of sending it twice.
func ExampleClient_Send_outcomeUnknown() {
	c, srv := connect()
	srv.Inject(transporttest.Fault{Reset: true, After: true})
	_, err := c.Send(context.Background(), chatfuel.SendRequest{UserID: "42", BlockName: "Przypomnienie"})
	fmt.Println(errors.Is(err, transport.ErrOutcomeUnknown), len(srv.Messages()))
	// Output: true 1
}

func ExampleClient_Do() {
	c, _ := connect()
	resp, err := c.Do(context.Background(), transport.Op{Name: "chatfuel.send_flow_id"}, transport.Request{
		Method: http.MethodPost, Path: "/bots/" + chatfueltest.BotID + "/users/42/send?chatfuel_block_id=5f0a",
		Header: http.Header{"Content-Type": {"application/json"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(resp.Body))
	// Output: {"result":"ok","success":true}
}

func ExampleClient_CloseIdleConnections() {
	c, _ := connect()
	defer c.CloseIdleConnections() // when the program ends, or the client is replaced
	fmt.Println(c)
	// Output: chatfuel.Client{BotID: chatfueltest-bot, BaseURL: https://chatfuel.test}
}
