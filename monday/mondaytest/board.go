package mondaytest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Board describes a board to start with.
type Board struct {
	ID, Name string
	// ItemsLimit is how many items it may hold; 0 means 10,000.
	ItemsLimit int
	Groups     []Group
	Columns    []Column
}

// Group is a group of a board.
type Group struct{ ID, Title string }

// Column is a column of a board.
type Column struct {
	ID, Title string
	// Type is monday's name: "status", "email".
	Type string
	// Labels are those of a status or dropdown column, in the order of index
	// or id.
	Labels []string
}

// DefaultBoard is a board of leads: the columns that the reference server
// writes, and one of most other types.
func DefaultBoard() Board {
	return Board{
		ID: BoardID, Name: "Leads",
		Groups: []Group{{"topics", "New"}, {"done", "Done"}},
		Columns: []Column{
			{ID: "text1", Title: "Topic", Type: "text"},
			{ID: "email", Title: "E-mail", Type: "email"},
			{ID: "phone", Title: "Phone", Type: "phone"},
			{ID: "status1", Title: "Source", Type: "status", Labels: []string{"Website", "Instagram", "WhatsApp", "Facebook", "Phone"}},
			{ID: "date", Title: "Meeting date", Type: "date"},
			{ID: "time", Title: "Meeting time", Type: "hour"},
			{ID: "status2", Title: "Package", Type: "status", Labels: []string{"Basic", "Standard", "Premium"}},
			{ID: "status", Title: "Status", Type: "status", Labels: []string{"New", "Meeting booked", "Done"}},
			{ID: "text_key", Title: "Key", Type: "text"},
			{ID: "long_text", Title: "Feedback", Type: "long_text"},
			{ID: "numbers", Title: "Value", Type: "numbers"},
			{ID: "dropdown", Title: "Interests", Type: "dropdown", Labels: []string{"Loans", "Savings", "Insurance"}},
			{ID: "timeline", Title: "Period", Type: "timeline"},
			{ID: "week", Title: "Week", Type: "week"},
			{ID: "link", Title: "Link", Type: "link"},
			{ID: "people", Title: "Owner", Type: "people"},
			{ID: "checkbox", Title: "Consent", Type: "checkbox"},
			{ID: "country", Title: "Country", Type: "country"},
			{ID: "location", Title: "Place", Type: "location"},
			{ID: "rating", Title: "Rating", Type: "rating"},
			{ID: "tags", Title: "Tags", Type: "tags"},
			{ID: "world_clock", Title: "Zone", Type: "world_clock"},
			{ID: "board_relation", Title: "Linked", Type: "board_relation"},
			{ID: "dependency", Title: "Depends on", Type: "dependency"},
			{ID: "team", Title: "Team", Type: "team"},
			{ID: "color_picker", Title: "Color", Type: "color_picker"},
			{ID: "file", Title: "Files", Type: "file"},
		},
	}
}

const (
	maxBoardItems = 10_000
	defaultColor  = "#037f4c"
)

const (
	stateActive   = "active"
	stateArchived = "archived"
	stateDeleted  = "deleted"
)

type board struct {
	s                     *Server
	id, name, description string
	kind, workspace       string
	created               time.Time
	groups                []*group
	columns               []*column
	items                 []*item
	index                 map[string]*item
	limit                 int    // how many items it may hold
	subitems              *board // where subitems live, nil before the first
}

type group struct {
	id, title, color string
	state            string
	board            *board
}

type column struct {
	id, title, kind string
	description     string
	width           int
	revision        int
	labels          []string
}

type item struct {
	board            *board
	group            *group
	parent           *item
	id, name         string
	state            string
	created, updated time.Time
	cells            map[string]*cell
	assets           []*asset
}

func (s *Server) newBoard(b Board) *board {
	out := &board{s: s, id: b.ID, name: b.Name, kind: "public", created: time.Now().UTC(), limit: maxBoardItems, index: map[string]*item{}}
	if b.ItemsLimit > 0 {
		out.limit = b.ItemsLimit
	}
	if len(b.Groups) == 0 {
		b.Groups = []Group{{"topics", "Group"}}
	}
	for _, g := range b.Groups {
		out.groups = append(out.groups, &group{id: g.ID, title: g.Title, color: defaultColor, state: stateActive, board: out})
	}
	for _, c := range b.Columns {
		if _, ok := typeNames[c.Type]; !ok {
			panic(fmt.Sprintf("mondaytest: column %q has the unknown type %q", c.ID, c.Type))
		}
		out.columns = append(out.columns, &column{id: c.ID, title: c.Title, kind: c.Type, labels: slices.Clone(c.Labels)})
	}
	return out
}

func (b *board) find(id string) *item { return b.index[id] }

func (b *board) column(id string) *column {
	for _, c := range b.columns {
		if c.id == id {
			return c
		}
	}
	return nil
}

// group finds a group; "" is the top one.
func (b *board) group(id string) *group {
	for _, g := range b.groups {
		if g.state == stateActive && (g.id == id || id == "") {
			return g
		}
	}
	return nil
}

// active returns the items that ordinary reads show.
func (b *board) active() []*item {
	return slices.DeleteFunc(slices.Clone(b.items), func(i *item) bool { return i.state != stateActive })
}

// count is how many items ordinary reads show.
func (b *board) count() int {
	n := 0
	for _, i := range b.items {
		if i.state == stateActive {
			n++
		}
	}
	return n
}

func (b *board) add(i *item, at int) {
	if at < 0 || at > len(b.items) {
		at = len(b.items)
	}
	b.items = slices.Insert(b.items, at, i)
	b.index[i.id] = i
}

func (i *item) text(columnID string) string {
	if columnID == "name" {
		return i.name
	}
	if c := i.cells[columnID]; c != nil {
		return c.text
	}
	return ""
}

func (i *item) public() Item {
	columns := map[string]string{}
	for id, c := range maps.All(i.cells) {
		columns[id] = c.text
	}
	return Item{ID: i.id, BoardID: i.board.id, GroupID: i.group.id, Name: i.name, State: i.state, Columns: columns}
}

func formatID(n int64) string { return strconv.FormatInt(n, 10) }
