package mondaytest

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/centrala-go/centrala/transport/transporttest"
)

const (
	// URL is a base URL for clients that reach the fake in memory.
	URL = "https://api.monday.test/v2"
	// Token is the API token that the fake accepts unless Config.Token is set.
	Token = "mondaytest-api-token"
	// BoardID is the id of the default board.
	BoardID = "9876543210"
)

// Config says what the fake starts with. The zero value is an account with the
// default board and no limits.
type Config struct {
	// Token is the API token to accept; "" means the constant Token.
	Token string
	// Boards are the boards to start with; nil means DefaultBoard alone.
	Boards []Board
	// Latency is how long an answer takes. The effect takes place at once; a
	// second request with the same idempotency key meets a conflict until the
	// first is answered.
	Latency time.Duration
	// JobTime is how long imports and bulk jobs take; 0 means 15 s, and a
	// negative one none.
	JobTime time.Duration
	// Limits are the quotas to enforce and to announce in headers; nil means
	// none.
	Limits *Limits
	// Webhooks is how webhook URLs are reached; nil means that they are neither
	// challenged nor called.
	Webhooks http.RoundTripper
	// SigningSecret signs the JWT of webhook calls; "" sends none, as monday
	// does for webhooks made with a personal token.
	SigningSecret string
}

// Server is the fake. It is an http.Handler, safe for concurrent use.
type Server struct {
	*transporttest.Vendor

	cfg Config

	mu      sync.Mutex
	nextID  int64
	boards  []*board
	cursors map[string]*cursor
	keys    map[string]*keyed
	usage   usage
	jobs    map[string]*job
	ingests map[string]*ingest
	hooks   []*hook
	pending []*delivery
	updates []*update
	assets  []*asset
	users   []*user
	tags    []*tag
	notices []Notification

	documents map[string]*ast.QueryDocument // validated ones, by version and text
}

// New returns a fake. It panics when a board of cfg is unusable, because that
// is a mistake in the calling test.
func New(cfg Config) *Server {
	if cfg.Token == "" {
		cfg.Token = Token
	}
	if cfg.JobTime == 0 {
		cfg.JobTime = defaultJobTime
	}
	if cfg.Boards == nil {
		cfg.Boards = []Board{DefaultBoard()}
	}
	s := &Server{
		cfg: cfg, nextID: firstID, cursors: map[string]*cursor{}, documents: map[string]*ast.QueryDocument{}, keys: map[string]*keyed{}, jobs: map[string]*job{},
		ingests: map[string]*ingest{}, users: defaultUsers(),
	}
	for _, b := range cfg.Boards {
		s.boards = append(s.boards, s.newBoard(b))
	}
	s.Vendor = transporttest.NewVendor(http.HandlerFunc(s.serve))
	s.State = s.state
	return s
}

// firstID makes ids that do not fit into 32 bits, like monday's.
const firstID = 5_000_000_000

// id returns a new id; the caller holds s.mu.
func (s *Server) id() string {
	s.nextID++
	return formatID(s.nextID)
}

// Item is an item of the fake, as accessors and the state route show it.
type Item struct {
	ID      string `json:"id"`
	BoardID string `json:"board_id"`
	GroupID string `json:"group_id"`
	Name    string `json:"name"`
	State   string `json:"state"`
	// Columns are the texts of the columns that are not empty.
	Columns map[string]string `json:"columns"`
}

// Items returns the items of a board that are not deleted, in the board's
// order.
func (s *Server) Items(boardID string) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.board(boardID)
	if b == nil {
		return nil
	}
	items := make([]Item, 0, len(b.items))
	for _, i := range b.items {
		if i.state != stateDeleted {
			items = append(items, i.public())
		}
	}
	return items
}

// state is what GET /_fake/state answers.
func (s *Server) state() any {
	type boardState struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Count int    `json:"count"`
		Items []Item `json:"items"`
	}
	var ids []Board
	s.mu.Lock()
	for _, b := range s.boards {
		ids = append(ids, Board{ID: b.id, Name: b.name})
	}
	s.mu.Unlock()
	var out struct {
		Boards []boardState `json:"boards"`
	}
	for _, b := range ids {
		items := s.Items(b.ID)
		out.Boards = append(out.Boards, boardState{b.ID, b.Name, len(items), items})
	}
	return out
}

// board finds a board; the caller holds s.mu.
func (s *Server) board(id string) *board {
	i := slices.IndexFunc(s.boards, func(b *board) bool { return b.id == id })
	if i < 0 {
		return nil
	}
	return s.boards[i]
}

// item finds an item on any board; the caller holds s.mu.
func (s *Server) item(id string) *item {
	for _, b := range s.boards {
		if i := b.find(id); i != nil {
			return i
		}
	}
	return nil
}
