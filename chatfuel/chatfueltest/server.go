// Package chatfueltest is a fake of Chatfuel: a Server for the Broadcasting
// API, and a Bot that calls a JSON API server the way Chatfuel does. It
// imports no test framework and runs in memory, also under testing/synctest,
// or on a port.
package chatfueltest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/centrala-go/centrala/transport/transporttest"
)

const (
	// URL is the base URL for clients that use Server.Transport.
	URL = "https://chatfuel.test"
	// BotID is the bot of a Server unless Config says otherwise.
	BotID = "chatfueltest-bot"
	// Token is the token it accepts unless Config says otherwise.
	Token = "chatfueltest-token"
)

// perSecond is the vendor's limit for a bot.
const perSecond = 25

// Config describes the bot. The zero value knows every user, block and flow.
type Config struct {
	// BotID and Token are accepted; "" means the constants.
	BotID, Token string
	// Users, Blocks and Flows exist; nil means that all do. Blocks holds names
	// and ids alike.
	Users, Blocks, Flows []string
	// NoLimit lifts the limit of 25 requests a second.
	NoLimit bool
}

// Message is something that was sent to a user.
type Message struct {
	// ID counts from "1".
	ID     string `json:"id"`
	UserID string `json:"user_id"`
	// Block is a name or an id.
	Block      string            `json:"block,omitzero"`
	Flow       string            `json:"flow,omitzero"`
	MessageTag string            `json:"message_tag,omitzero"`
	Attributes map[string]string `json:"attributes"`
	Tags       []string          `json:"tags"`
	At         time.Time         `json:"at"`
}

// Server is the Broadcasting API of one bot. It is safe for concurrent use.
type Server struct {
	*transporttest.Vendor

	cfg Config

	mu         sync.Mutex
	messages   []Message
	attributes map[string]map[string]string // by user
	arrivals   []time.Time                  // within the last second
}

// New returns a server for the bot that cfg describes.
func New(cfg Config) *Server {
	cfg.BotID, cfg.Token = cmp.Or(cfg.BotID, BotID), cmp.Or(cfg.Token, Token)
	s := &Server{cfg: cfg, attributes: map[string]map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /bots/{bot}/users/{user}/send", s.send)
	s.Vendor = transporttest.NewVendor(mux)
	s.State = func() any { return map[string]any{"messages": s.Messages()} }
	return s
}

// Messages returns what was sent so far, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.messages...)
}

// Attributes returns what was set on a user.
func (s *Server) Attributes(userID string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.attributes[userID])
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	params, ok := parameters(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	user := r.PathValue("user")
	status, problem := s.refusal(r, params, user)
	switch {
	case !ok:
		status, problem = http.StatusBadRequest, "the parameters cannot be read"
	case status == 0:
		s.accept(params, user)
		reply(w, http.StatusOK, true, "ok")
		return
	}
	reply(w, status, false, problem)
}

// parameters joins query and body: the vendor takes them from either.
func parameters(r *http.Request) (url.Values, bool) {
	params := r.URL.Query()
	var body map[string]any
	dec := json.NewDecoder(r.Body)
	dec.UseNumber()
	err := dec.Decode(&body)
	for name, value := range body {
		switch value.(type) {
		case string, json.Number, bool:
			params.Set(name, fmt.Sprint(value))
		}
	}
	return params, err == nil || r.ContentLength == 0
}

// refusal says why a request is refused; status 0 means that it is not.
func (s *Server) refusal(r *http.Request, params url.Values, user string) (status int, problem string) {
	targets := 0
	for _, name := range []string{"chatfuel_block_name", "chatfuel_block_id", "chatfuel_flow_name"} {
		if params.Get(name) != "" {
			targets++
		}
	}
	block := cmp.Or(params.Get("chatfuel_block_name"), params.Get("chatfuel_block_id"))
	flow := params.Get("chatfuel_flow_name")
	switch {
	case r.PathValue("bot") != s.cfg.BotID:
		return http.StatusNotFound, "Bot not found"
	case params.Get("chatfuel_token") != s.cfg.Token:
		return http.StatusUnauthorized, "Invalid token"
	case !s.admit(time.Now()):
		return http.StatusTooManyRequests, "Too many requests"
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return http.StatusBadRequest, "Content-Type must be application/json"
	case targets != 1:
		return http.StatusBadRequest, "Exactly one block or flow is required"
	case !known(s.cfg.Users, user):
		return http.StatusOK, "User not found"
	case block != "" && !known(s.cfg.Blocks, block):
		return http.StatusOK, "Block not found"
	case flow != "" && !known(s.cfg.Flows, flow):
		return http.StatusOK, "Flow not found"
	}
	return 0, ""
}

func known(list []string, name string) bool { return list == nil || slices.Contains(list, name) }

// admit counts a request against the limit.
func (s *Server) admit(now time.Time) bool {
	for len(s.arrivals) > 0 && now.Sub(s.arrivals[0]) >= time.Second {
		s.arrivals = s.arrivals[1:]
	}
	if s.cfg.NoLimit || len(s.arrivals) < perSecond {
		s.arrivals = append(s.arrivals, now)
		return true
	}
	return false
}

// accept books the message; the caller holds the lock.
func (s *Server) accept(params url.Values, user string) {
	m := Message{
		ID: strconv.Itoa(len(s.messages) + 1), UserID: user, At: time.Now(),
		Block: cmp.Or(params.Get("chatfuel_block_name"), params.Get("chatfuel_block_id")),
		Flow:  params.Get("chatfuel_flow_name"), MessageTag: params.Get("chatfuel_message_tag"),
		Attributes: map[string]string{}, Tags: []string{},
	}
	if tags := params.Get("tags"); tags != "" {
		m.Tags = strings.Split(tags, ",")
	}
	if s.attributes[user] == nil {
		s.attributes[user] = map[string]string{}
	}
	for name := range params {
		if name != "tags" && !strings.HasPrefix(name, "chatfuel_") {
			m.Attributes[name] = params.Get(name)
			s.attributes[user][name] = params.Get(name)
		}
	}
	s.messages = append(s.messages, m)
}

func reply(w http.ResponseWriter, status int, success bool, result string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"success": success, "result": result})
}
