package chatfuel_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/internal/golden"
	"github.com/centrala-go/centrala/transport"
)

// shapes are the kinds of replies in the vendor's article "JSON API".
var shapes = map[string]chatfuel.Reply{
	"text":  {Messages: []chatfuel.Message{chatfuel.Text("Dzień dobry!"), chatfuel.Text("W czym mogę pomóc?")}},
	"image": {Messages: []chatfuel.Message{chatfuel.Image("https://example.com/a.png")}},
	"video": {Messages: []chatfuel.Message{chatfuel.Video("https://example.com/a.mp4")}},
	"audio": {Messages: []chatfuel.Message{chatfuel.Audio("https://example.com/a.mp3")}},
	"file":  {Messages: []chatfuel.Message{chatfuel.File("https://example.com/a.pdf")}},
	"facebook_post": {Messages: []chatfuel.Message{
		chatfuel.FacebookPost("image", "https://www.facebook.com/page/photos/1", chatfuel.LinkButton("Strona", "https://example.com/")),
	}},
	"gallery": {Messages: []chatfuel.Message{chatfuel.Gallery(
		chatfuel.Element{
			Title: "Pakiet Start", ImageURL: "https://example.com/start.png", Subtitle: "Na początek",
			Buttons: []chatfuel.Button{chatfuel.LinkButton("Zobacz", "https://example.com/start")},
		},
		chatfuel.Element{Title: "Pakiet Pro", Subtitle: "Dla firm"},
	)}},
	"text_card": {Messages: []chatfuel.Message{chatfuel.TextCard("Co dalej?",
		chatfuel.BlockButton("Umów spotkanie", "Rezerwacja"),
		chatfuel.LinkButton("Cennik", "https://example.com/cennik"),
		chatfuel.CallButton("Wolne terminy", "https://example.com/free"),
	)}},
	"buttons": {Messages: []chatfuel.Message{
		chatfuel.TextCard("Kontakt", chatfuel.PhoneButton("Zadzwoń", "+48600100200"), chatfuel.BlockButton("Dalej", "A", "B")),
		chatfuel.TextCard("Strona", chatfuel.Button{
			Type: chatfuel.ButtonOpenURL, Title: "Formularz", URL: "https://example.com/form", MessengerExtensions: true, WebviewHeightRatio: "tall",
			SetAttributes: map[string]any{"form": "opened"},
		}),
	}},
	"quick_replies": {Messages: []chatfuel.Message{{
		Text:              "Pasuje?",
		QuickReplies:      []chatfuel.QuickReply{chatfuel.QuickBlock("Tak", "Potwierdzenie"), chatfuel.QuickCall("Inny termin", "https://example.com/free"), chatfuel.QuickSet("Nie", map[string]any{"interested": false})},
		QuickReplyOptions: &chatfuel.QuickReplyOptions{TextAttributeName: "answer"},
	}}},
	"set_attributes": {SetAttributes: map[string]any{"booking_id": "1001", "price": 12.5, "visits": 3.0, "vip": true}},
	"redirect":       {RedirectToBlocks: []string{"Witaj", "Koniec"}},
	"mixed": {
		Messages:      []chatfuel.Message{chatfuel.Text("Zapisane")},
		SetAttributes: map[string]any{"saved": true}, RedirectToBlocks: []string{"Koniec"},
		Extra: map[string]any{"beta": "x"},
	},
	"empty": {},
}

func TestReply_Golden(t *testing.T) {
	t.Parallel()
	for name, reply := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(reply)
			require.NoError(t, err)
			require.NotContains(t, string(b), "null")
			var out bytes.Buffer
			require.NoError(t, json.Indent(&out, b, "", "  "))
			out.WriteByte('\n')
			golden.Equal(t, name+".json", out.Bytes())
			require.NoError(t, reply.Validate())
		})
	}
}

// Reading a reply back loses nothing, unknown fields included.
func TestReply_RoundTrip(t *testing.T) {
	t.Parallel()
	for name, want := range shapes {
		b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
		require.NoError(t, err)
		var got chatfuel.Reply
		require.NoError(t, json.Unmarshal(b, &got))
		require.Empty(t, cmp.Diff(want, got), name)
	}
	const odd = `{"x":1,"messages":[{"text":"a","y":[2],"quick_replies":[{"title":"b","q":3}],
		"attachment":{"type":"template","payload":{"template_type":"receipt","z":"c","elements":[{"title":"d","w":null}],"buttons":[{"type":"new","title":"e","v":{}}]}}}]}`
	var r chatfuel.Reply
	require.NoError(t, json.Unmarshal([]byte(odd), &r))
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.JSONEq(t, odd, string(b))
	require.Error(t, json.Unmarshal([]byte(`{"messages":"x"}`), &r))
}

func TestReply_Extra(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(chatfuel.Message{Text: "a", Extra: map[string]any{"text": "b", "tag": 1}})
	require.NoError(t, err)
	require.JSONEq(t, `{"text":"b","tag":1}`, string(b), "extra fields win")
	_, err = json.Marshal(chatfuel.Reply{Extra: map[string]any{"x": func() {}}})
	require.Error(t, err)
}

func TestMessage_WithQuickReplies_Copies(t *testing.T) {
	t.Parallel()
	base := chatfuel.Text("a")
	base.QuickReplies = append(make([]chatfuel.QuickReply, 0, 8), chatfuel.QuickBlock("1", "x"))
	one := base.WithQuickReplies(chatfuel.QuickBlock("2", "x"))
	two := base.WithQuickReplies(chatfuel.QuickBlock("3", "x"))
	require.Len(t, base.QuickReplies, 1)
	require.Equal(t, "2", one.QuickReplies[1].Title)
	require.Equal(t, "3", two.QuickReplies[1].Title)
}

func TestReply_Validate(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("ż", n) }
	card := func(b ...chatfuel.Button) chatfuel.Reply {
		return chatfuel.Reply{Messages: []chatfuel.Message{chatfuel.TextCard("t", b...)}}
	}
	quick := func(q ...chatfuel.QuickReply) chatfuel.Reply {
		return chatfuel.Reply{Messages: []chatfuel.Message{chatfuel.Text("t").WithQuickReplies(q...)}}
	}
	messages := func(m ...chatfuel.Message) chatfuel.Reply { return chatfuel.Reply{Messages: m} }
	ok := chatfuel.BlockButton("b", "x")
	q := chatfuel.QuickBlock("q", "x")
	for problem, r := range map[string]chatfuel.Reply{
		"messages[0] wants a text or an attachment":             messages(chatfuel.Message{}),
		"messages[0].text has 2001 characters, limit 2000":      messages(chatfuel.Text(long(2001))),
		"messages[1].attachment.payload.url is not an absolute": messages(chatfuel.Text("a"), chatfuel.Image("/a.png")),
		"messages[0].attachment.type is \"gif\"":                messages(chatfuel.Message{Attachment: &chatfuel.Attachment{Type: "gif"}}),
		"payload.template_type is \"list\"":                     messages(chatfuel.Message{Attachment: &chatfuel.Attachment{Type: "template", Payload: chatfuel.Payload{TemplateType: "list"}}}),
		"payload.text has 641 characters":                       messages(chatfuel.TextCard(long(641), ok)),
		"payload.buttons is empty":                              card(),
		"payload.buttons has 4 buttons, at most 3":              card(ok, ok, ok, ok),
		"payload.buttons[0].title has 21 characters, limit 20":  card(chatfuel.BlockButton(long(21), "x")),
		"payload.buttons[0].title is empty":                     card(chatfuel.BlockButton(" ", "x")),
		"payload.buttons[0].block_name is empty":                card(chatfuel.BlockButton("b")),
		"payload.buttons[0].url is not":                         card(chatfuel.LinkButton("b", "javascript:alert(1)")),
		"payload.buttons[0].phone_number is not":                card(chatfuel.PhoneButton("b", "600100200")),
		"payload.buttons[0].type is \"element_share\"":          card(chatfuel.Button{Type: "element_share", Title: "b"}),
		"payload.buttons[0].set_attributes[x] is not a text":    card(chatfuel.Button{Type: "show_block", Title: "b", BlockName: "x", SetAttributes: map[string]any{"x": []int{1}}}),
		"payload.elements is empty":                             messages(chatfuel.Gallery()),
		"payload.elements has 11 cards, at most 10":             messages(chatfuel.Gallery(make([]chatfuel.Element, 11)...)),
		"payload.elements[0].title is empty":                    messages(chatfuel.Gallery(chatfuel.Element{})),
		"payload.elements[0].subtitle has 81 characters":        messages(chatfuel.Gallery(chatfuel.Element{Title: "a", Subtitle: long(81)})),
		"payload.elements[0].image_url is not":                  messages(chatfuel.Gallery(chatfuel.Element{Title: "a", ImageURL: "a.png"})),
		"payload.elements[0].media_type is empty":               messages(chatfuel.FacebookPost("", "https://www.facebook.com/1")),
		"messages[0].quick_replies has 12 choices, at most 11":  quick(q, q, q, q, q, q, q, q, q, q, q, q),
		"messages[0].quick_replies[1].title has 21 characters":  quick(q, chatfuel.QuickBlock(long(21), "x")),
		"messages[0].quick_replies[0] does nothing":             quick(chatfuel.QuickReply{Title: "q"}),
		"messages[2].attachment.payload.url is not an absolute": messages(chatfuel.Text("a"), chatfuel.Text("b"), chatfuel.Image("https:///a.png")),
		"messages[3].attachment.payload.url is not an absolute": messages(chatfuel.Text("a"), chatfuel.Text("b"), chatfuel.Text("c"), chatfuel.Image("ftp://a.pl/a.png")),
		"messages[0].quick_replies[0].url is not an absolute":   quick(chatfuel.QuickCall("q", "x")),
		"messages[0].quick_replies[0].type and url go together": quick(chatfuel.QuickReply{Title: "q", URL: "https://example.com"}),
		"set_attributes[x] is not a text, number or boolean":    {SetAttributes: map[string]any{"x": nil}},
		"set_attributes[y] is not a text":                       {SetAttributes: map[string]any{"y": math.NaN()}},
		"set_attributes has an attribute without a name":        {SetAttributes: map[string]any{"": 1}},
		"redirect_to_blocks[1] is empty":                        {RedirectToBlocks: []string{"a", ""}},
	} {
		err := r.Validate()
		require.ErrorContains(t, err, problem)
		require.ErrorIs(t, err, transport.ErrInvalid, problem)
	}
	require.NoError(t, chatfuel.Reply{SetAttributes: map[string]any{
		"a": "x", "b": 1, "c": uint8(1), "d": 1.5, "e": true, "f": json.Number("1"),
	}}.Validate())
	require.NoError(t, messages(chatfuel.Text(long(2000))).Validate(), "characters count, not bytes")
}
