package notifytest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/notify/notifytest"
	"github.com/centrala-go/centrala/notify/sendgrid"
	"github.com/centrala-go/centrala/notify/twilio"
	"github.com/centrala-go/centrala/transport"
)

// What the SendGrid client sends and what the fake refuses have the shapes of
// the vendor's own document.
func TestSendGrid_Conformance(t *testing.T) {
	t.Parallel()
	doc := openapi(t, "sendgrid/mail.openapi.json")
	srv := notifytest.NewSendGrid(notifytest.SendGridConfig{})
	c, err := sendgrid.New(sendgrid.Config{APIKey: notifytest.SendGridKey, BaseURL: notifytest.SendGridURL},
		transport.WithTransport(srv.Transport()))
	require.NoError(t, err)
	people := []notify.Address{{Email: "a@example.com", Name: "A"}, {Email: "b@example.com"}}
	_, err = c.Send(t.Context(), sendgrid.SendRequest{
		From: people[0], ReplyTo: people[1], Subject: "s", Text: "t", HTML: "<p>", TemplateID: "d-1",
		Personalizations: []sendgrid.Personalization{{
			To: people, Cc: []notify.Address{{Email: "c@example.com"}}, Bcc: []notify.Address{{Email: "d@example.com"}}, Subject: "s", DynamicTemplateData: map[string]any{"n": 1},
			Headers: map[string]string{"X-A": "1"}, CustomArgs: map[string]string{"a": "1"}, SendAt: time.Now(),
		}},
		Attachments: []notify.Attachment{{Name: "a", Type: "image/png", Content: []byte("x"), ContentID: "c"}},
		Headers:     map[string]string{"X-A": "1"}, Categories: []string{"a"}, CustomArgs: map[string]string{"b": "2"}, Key: "k",
		SendAt: time.Now(), BatchID: "b", UnsubscribeGroup: 1, GroupsToDisplay: []int{1, 2}, IPPool: "pool", Sandbox: true,
	})
	require.NoError(t, err)
	send := doc.at("paths", "/v3/mail/send", "post")
	doc.conforms(t, srv.Requests()[0].Body, send.at("requestBody", "content", "application/json", "schema"))

	_, body := post(t, srv, notifytest.SendGridKey, `{"from":{}}`)
	doc.conforms(t, []byte(body), send.at("responses", "400", "content", "application/json", "schema"))
}

// What the Twilio client asks and what the fake answers have the shapes of the
// vendor's own document.
func TestTwilio_Conformance(t *testing.T) {
	t.Parallel()
	doc := openapi(t, "twilio/messages.openapi.json")
	srv := notifytest.NewTwilio(notifytest.TwilioConfig{})
	c := twilioClient(t, srv)
	_, err := c.SendMessage(t.Context(), twilio.SendMessageRequest{
		To: "+48501234567", From: notifytest.TwilioNumber, MessagingServiceSID: "MG0123456789abcdef0123456789abcdef", Body: "x",
		MediaURLs: []string{"https://example.com/a"}, ContentSID: "HX0123456789abcdef0123456789abcdef",
		ContentVariables: map[string]string{"1": "x"}, StatusCallback: "https://example.com/s", SendAt: time.Now().Add(time.Hour),
		ValidityPeriod: time.Minute, SmartEncoded: true, ShortenURLs: true, ProvideFeedback: true, DiscardContent: true, ObfuscateAddress: true,
	})
	require.NoError(t, err)
	_, err = c.ListMessages(t.Context(), twilio.MessagesParams{
		To: "+48501234567", From: notifytest.TwilioNumber, SentOn: time.Now(), SentSince: time.Now(), SentUntil: time.Now(), PageSize: 5,
	})
	require.NoError(t, err)

	resource := doc.at("paths", "/2010-04-01/Accounts/{AccountSid}/Messages.json")
	form, err := url.ParseQuery(string(srv.Requests()[0].Body))
	require.NoError(t, err)
	params := resource.at("post", "requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties")
	for name := range form {
		require.Contains(t, params.value, name)
	}
	var names []string
	for _, p := range resource.at("get", "parameters").value.([]any) {
		names = append(names, p.(map[string]any)["name"].(string))
	}
	for name := range srv.Requests()[1].URL.Query() {
		require.Contains(t, names, name)
	}

	created, body := call(t, srv, "POST", "/Messages.json", "To=%2B48501234567&From=%2B15005550006&Body=x")
	require.Equal(t, 201, created)
	doc.conforms(t, []byte(body), resource.at("post", "responses", "201", "content", "application/json", "schema"))
	_, body = call(t, srv, "GET", "/Messages.json?PageSize=1", "")
	doc.conforms(t, []byte(body), resource.at("get", "responses", "200", "content", "application/json", "schema"))
}

// document is a vendor's OpenAPI document, or a part of it.
type document struct{ root, value any }

func openapi(t *testing.T, name string) document {
	t.Helper()
	folder := os.Getenv("CENTRALA_CONFORMANCE")
	if folder == "" {
		t.Skip("CENTRALA_CONFORMANCE is not set")
	}
	raw, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
	require.NoError(t, err)
	var root any
	require.NoError(t, json.Unmarshal(raw, &root))
	return document{root, root}
}

// at walks down, through references.
func (d document) at(path ...string) document {
	for _, step := range path {
		object, _ := d.resolved().value.(map[string]any)
		d.value = object[step]
	}
	return d.resolved()
}

func (d document) resolved() document {
	for {
		object, _ := d.value.(map[string]any)
		ref, ok := object["$ref"].(string)
		if !ok {
			return d
		}
		d = document{d.root, d.root}.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
}

func (d document) conforms(t *testing.T, body []byte, schema document) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(body, &v), "%s", body)
	require.NotEmpty(t, schema.value, "the document has no such schema")
	require.Empty(t, schema.breaches(v, "body"))
}

// breaches compares a value with a schema: known properties, types, enums,
// patterns and lengths; no more than these documents use.
func (d document) breaches(v any, path string) []string {
	schema, _ := d.resolved().value.(map[string]any)
	if v == nil {
		if schema["nullable"] != true && schema["type"] != nil {
			return []string{path + " is null"}
		}
		return nil
	}
	if want, _ := schema["type"].(string); want != "" && !slices.Contains(typesOf(v), want) {
		return []string{fmt.Sprintf("%s is a %T, want %s", path, v, want)}
	}
	switch v := v.(type) {
	case map[string]any:
		return d.objectBreaches(v, path)
	case []any:
		var found []string
		for i, item := range v {
			found = append(found, d.at("items").breaches(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
		return found
	case string:
		return stringBreaches(schema, v, path)
	}
	return nil
}

func (d document) objectBreaches(v map[string]any, path string) []string {
	schema, _ := d.resolved().value.(map[string]any)
	var found []string
	known, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			found = append(found, fmt.Sprintf("%s lacks %s", path, name))
		}
	}
	for name, item := range v {
		switch _, ok := known[name]; {
		case ok:
			found = append(found, d.at("properties", name).breaches(item, path+"."+name)...)
		case schema["additionalProperties"] != nil:
			found = append(found, d.at("additionalProperties").breaches(item, path+"."+name)...)
		case len(known) > 0:
			found = append(found, path+"."+name+" is not in the document")
		}
	}
	return found
}

func stringBreaches(schema map[string]any, v, path string) []string {
	var found []string
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, any(v)) {
		found = append(found, fmt.Sprintf("%s is %q, not one of %v", path, v, enum))
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
		found = append(found, fmt.Sprintf("%s is %q, want %s", path, v, pattern))
	}
	if least, ok := schema["minLength"].(float64); ok && len(v) < int(least) {
		found = append(found, path+" is too short")
	}
	if schema["format"] == "date-time-rfc-2822" {
		if _, err := time.Parse(time.RFC1123Z, v); err != nil {
			found = append(found, path+" is no RFC 2822 date")
		}
	}
	return found
}

func typesOf(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		return []string{"object"}
	case []any:
		return []string{"array"}
	case string:
		return []string{"string"}
	case bool:
		return []string{"boolean"}
	case float64:
		if v == float64(int64(v)) {
			return []string{"integer", "number"}
		}
		return []string{"number"}
	}
	return nil
}
