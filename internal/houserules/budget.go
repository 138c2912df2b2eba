package houserules

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Linked is one package as "go list -deps -json" tells it.
type Linked struct {
	ImportPath string   `json:"ImportPath"`
	DepOnly    bool     `json:"DepOnly"`
	Standard   bool     `json:"Standard"`
	Deps       []string `json:"Deps"`
	Module     struct {
		Path string `json:"Path"`
	} `json:"Module"`
}

// ReadLinked reads the output of "go list -deps -json".
func ReadLinked(r io.Reader) ([]Linked, error) {
	var all []Linked
	for dec := json.NewDecoder(r); ; {
		var l Linked
		switch err := dec.Decode(&l); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("reading the package list: %w", err)
		}
		all = append(all, l)
	}
}

// Modules that come together.
var (
	everyone = []string{
		"github.com/hashicorp/go-retryablehttp",
		"github.com/hashicorp/go-cleanhttp",
		"golang.org/x/time",
	}
	jwt    = []string{"github.com/golang-jwt/jwt/v5"}
	phones = []string{"github.com/nyaruka/phonenumbers", "golang.org/x/text", "google.golang.org/protobuf"}
	goose  = []string{
		"github.com/pressly/goose/v3",
		"github.com/mfridman/interpolate",
		"github.com/sethvargo/go-retry",
		"go.uber.org/multierr",
		"golang.org/x/sync",
	}
	postgres = []string{
		"github.com/jackc/pgx/v5",
		"github.com/jackc/pgerrcode",
		"github.com/jackc/pgpassfile",
		"github.com/jackc/pgservicefile",
		"github.com/jackc/puddle/v2",
		"golang.org/x/sync",
		"golang.org/x/text",
	}
	redis = []string{
		"github.com/redis/go-redis/v9",
		"github.com/cespare/xxhash/v2",
		"go.uber.org/atomic",
		"golang.org/x/sys",
	}
	graphql = []string{"github.com/vektah/gqlparser/v2", "github.com/agnivade/levenshtein"}
	otel    = []string{
		"go.opentelemetry.io/...",
		"github.com/go-logr/...",
		"github.com/cespare/xxhash/v2",
		"github.com/felixge/httpsnoop",
		"github.com/google/uuid",
		"golang.org/x/sys",
	}
	anything = []string{"..."}
)

// budget is what a package may link beyond the standard library, this module
// and what everyone may.
type budget struct {
	pkg  string
	more [][]string
	// suite marks a package that is handed a *testing.T by its user.
	suite bool
}

// budgets is searched from the top: the first entry that matches counts.
var budgets = []budget{
	// What is internal counts where it is linked.
	{pkg: "examples/internal/...", more: [][]string{anything}, suite: true},
	{pkg: "internal/...", more: [][]string{anything}, suite: true},
	{pkg: "examples/...", more: [][]string{anything}},

	{pkg: "transport/otelhook", more: [][]string{otel}},
	{pkg: "transport/redislimit", more: [][]string{redis}},
	{pkg: "monday", more: [][]string{jwt}},
	{pkg: "monday/mondaytest", more: [][]string{jwt, graphql}},
	{pkg: "notify/phone", more: [][]string{phones}},
	{pkg: "notify/smtp", more: [][]string{{"github.com/wneessen/go-mail", "golang.org/x/crypto", "golang.org/x/text"}}},
	{pkg: "notify/ses", more: [][]string{{"github.com/aws/..."}}},
	{pkg: "callyzer/callsync/sqlitestore", more: [][]string{phones, goose}},
	{pkg: "callyzer/callsync/pgstore", more: [][]string{phones, goose, postgres}},
	{pkg: "callyzer/callsync/callsynctest", more: [][]string{phones}, suite: true},
	{pkg: "callyzer/callsync", more: [][]string{phones}},
	{pkg: "webhook/sqlitestore", more: [][]string{goose}},
	{pkg: "webhook/pgstore", more: [][]string{goose, postgres}},
	{pkg: "webhook/redisstore", more: [][]string{redis}},
	{pkg: "webhook/webhooktest", suite: true},
	{pkg: "..."},
}

func (b budget) allows(module string) bool {
	return matches(module, everyone) ||
		slices.ContainsFunc(b.more, func(group []string) bool { return matches(module, group) })
}

// Budget reports packages that link more than they may: a module, or package
// testing, which no program wants inside.
func Budget(list []Linked) []Finding {
	modules := map[string]string{}
	for _, l := range list {
		if !l.Standard {
			modules[l.ImportPath] = l.Module.Path
		}
	}
	var found []Finding
	for _, l := range list {
		if !l.DepOnly && within(l.ImportPath, Module+"/...") {
			found = append(found, over(l, modules)...)
		}
	}
	return found
}

func over(l Linked, modules map[string]string) []Finding {
	dir := path.Clean(strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, Module), "/"))
	i := slices.IndexFunc(budgets, func(b budget) bool { return within(dir, b.pkg) })
	var found []Finding
	via := map[string]bool{}
	for _, dep := range l.Deps {
		module := modules[dep]
		switch {
		case dep == "testing" && !budgets[i].suite:
			found = append(found, Finding{File: dir, Message: "links package testing"})
		case module == "" || module == Module || via[module] || budgets[i].allows(module):
		default:
			via[module] = true
			found = append(found, Finding{File: dir, Message: "links " + module + " (package " + dep + "), which is not in its budget"})
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return cmp.Compare(a.Message, b.Message) })
	return found
}
