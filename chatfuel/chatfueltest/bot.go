package chatfueltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/chatfuel"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// Timeout is how long Chatfuel waits for an answer.
const Timeout = 10 * time.Second

// maxReply is how much of an answer is read.
const maxReply = 1 << 20

// Bot is a bot with one user, whose JSON API blocks call a server. It keeps
// the user's attributes and applies what replies set. It is safe for
// concurrent use.
type Bot struct {
	client *http.Client
	url    string
	// PlusSpaces encodes spaces as +, like bots from before 2019.
	PlusSpaces bool
	// Header is sent with every call: the place of the shared secret.
	Header http.Header

	mu         sync.Mutex
	attributes map[string]any
}

// NewBot returns a bot whose blocks call handler in memory, for a user with
// these attributes besides a "messenger user id" and a "chatfuel user id".
func NewBot(handler http.Handler, attributes map[string]string) *Bot {
	b := NewRemoteBot("https://bot-server.test/webhook", attributes)
	b.client.Transport = transporttest.HandlerTransport(handler)
	return b
}

// NewRemoteBot is NewBot for a server that listens at a URL, which may hold
// placeholders like {{first name}}.
func NewRemoteBot(serverURL string, attributes map[string]string) *Bot {
	b := &Bot{client: &http.Client{}, url: serverURL, Header: http.Header{}, attributes: map[string]any{
		"messenger user id": "1234567890123456", "chatfuel user id": "5f0000000000000000000001",
	}}
	for name, value := range attributes {
		b.attributes[name] = value
	}
	return b
}

// Result is what a call brought.
type Result struct {
	// Status is the HTTP status.
	Status int
	// Reply is the answer, the zero value when it was empty.
	Reply chatfuel.Reply
	// Body is the answer as it arrived.
	Body []byte
	// Took is how long the server needed.
	Took time.Duration
}

// Attributes returns the user's attributes, those that replies set included.
func (b *Bot) Attributes() map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.attributes)
}

// Set changes an attribute, as the user's answer to a question does.
func (b *Bot) Set(name, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attributes[name] = value
}

// Get calls with the named attributes in the query; without names only
// placeholders in the URL are filled. An attribute that the user does not have
// arrives as {{name}}.
func (b *Bot) Get(ctx context.Context, names ...string) (Result, error) {
	target := b.fill(b.url)
	if query := b.form(names); query != "" {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + query
	}
	return b.call(ctx, http.MethodGet, target, "", nil)
}

// PostProfile calls with all attributes as JSON.
func (b *Bot) PostProfile(ctx context.Context) (Result, error) {
	body, err := json.Marshal(b.Attributes())
	if err != nil {
		return Result{}, fmt.Errorf("chatfueltest: %w", err)
	}
	return b.call(ctx, http.MethodPost, b.fill(b.url), "application/json", body)
}

// PostJSON calls with a JSON body, placeholders in which are filled. Like the
// block's editor it refuses what is not JSON.
func (b *Bot) PostJSON(ctx context.Context, template string) (Result, error) {
	body := []byte(placeholder.ReplaceAllStringFunc(template, func(m string) string {
		text, _ := json.Marshal(b.value(m))
		return string(text[1 : len(text)-1])
	}))
	if !json.Valid(body) {
		return Result{}, errors.New("chatfueltest: the body is not JSON")
	}
	return b.call(ctx, http.MethodPost, b.fill(b.url), "application/json", body)
}

// PostForm calls with the named attributes as a URL-encoded form.
func (b *Bot) PostForm(ctx context.Context, names ...string) (Result, error) {
	return b.call(ctx, http.MethodPost, b.fill(b.url), "application/x-www-form-urlencoded", []byte(b.form(names)))
}

var placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)

// value is an attribute's text, or the placeholder itself when there is none.
func (b *Bot) value(placeholder string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.attributes[strings.TrimSpace(strings.Trim(placeholder, "{}"))]; ok {
		return fmt.Sprint(v)
	}
	return placeholder
}

// fill puts attributes into the URL.
func (b *Bot) fill(target string) string {
	return placeholder.ReplaceAllStringFunc(target, func(m string) string { return b.escape(b.value(m)) })
}

func (b *Bot) form(names []string) string {
	pairs := make([]string, len(names))
	for i, name := range slices.Sorted(slices.Values(names)) {
		pairs[i] = b.escape(name) + "=" + b.escape(b.value("{{"+name+"}}"))
	}
	return strings.Join(pairs, "&")
}

func (b *Bot) escape(s string) string {
	s = url.QueryEscape(s)
	if !b.PlusSpaces {
		s = strings.ReplaceAll(s, "+", "%20")
	}
	return s
}

// call makes one call, at most ten seconds long, and applies the reply.
func (b *Bot) call(ctx context.Context, method, target, contentType string, body []byte) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return Result{}, errors.New("chatfueltest: the URL cannot be called")
	}
	maps.Copy(req.Header, b.Header)
	req.Header.Set("User-Agent", "Chatfuel")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	start := time.Now()
	resp, err := b.client.Do(req)
	if err != nil {
		return Result{Took: time.Since(start)}, fmt.Errorf("chatfueltest: %w", err)
	}
	defer resp.Body.Close()
	res := Result{Status: resp.StatusCode}
	res.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxReply))
	res.Took = time.Since(start)
	if err != nil {
		return res, fmt.Errorf("chatfueltest: %w", err)
	}
	return res, b.apply(&res)
}

// apply reads the reply and sets what it sets.
func (b *Bot) apply(res *Result) error {
	if len(bytes.TrimSpace(res.Body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(res.Body, &res.Reply); err != nil {
		return fmt.Errorf("chatfueltest: the answer with status %d is not a reply: %w", res.Status, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.Copy(b.attributes, res.Reply.SetAttributes)
	return nil
}
