package monday_test

import (
	"context"
	"errors"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/centrala-go/centrala/monday"
	"github.com/centrala-go/centrala/monday/mondaytest"
	"github.com/centrala-go/centrala/transport"
	"github.com/centrala-go/centrala/transport/transporttest"
)

// FuzzAnswer gives the client any bytes for an answer: it must not panic, and
// an effect that was not told must not be taken for one.
func FuzzAnswer(f *testing.F) {
	for _, a := range answers {
		f.Add(a.status, []byte(a.body))
	}
	f.Add(200, []byte(`{"data":{"result":{"id":"1","name":"x","column_values":[{"id":"a","type":"status","label":"x","index":1}]}}}`))
	f.Add(200, []byte(`{"data":{"result":{"cursor":"c","items":[{"id":"1"}]},"complexity":{"query":1e300}}}`))
	srv := mondaytest.New(mondaytest.Config{})
	c := connect(f, srv, transport.WithMaxAttempts(1), transport.WithoutRetryQuota(), transport.WithLimiters())
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			status = 200
		}
		srv.Reset()
		srv.Inject(transporttest.Fault{Status: status, Body: string(body), Times: 3})
		item, err := c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x"})
		require.True(t, err != nil || status < 300, "%v %v", item, err)
		if err != nil {
			_, ok := errors.AsType[*monday.Error](err)
			require.True(t, ok)
			require.NotEmpty(t, err.Error())
		}
		_, _ = c.ListItems(t.Context(), monday.ItemsParams{BoardID: board})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // too short to wait for a limit
		defer cancel()
		_, _ = c.CreateItems(ctx, leads(2), monday.Bulk{})
	})
}

// FuzzColumnValue reads any JSON as a column and writes what it read.
func FuzzColumnValue(f *testing.F) {
	f.Add([]byte(`{"id":"a","type":"people","persons_and_teams":[{"id":1,"kind":"agent"}]}`))
	f.Add([]byte(`{"id":"a","type":"tags","tag_ids":["1",2,null,{}]}`))
	f.Add([]byte(`{"id":"a","type":"date","date":"2026-11-21","time":"09:00"}`))
	f.Add([]byte(`{"id":"a","type":"whatever","value":"{}","text":null}`))
	c, _ := setup(f, mondaytest.Config{}, transport.WithLimiters())
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v monday.ColumnValue
		if v.UnmarshalJSON(raw) != nil || v.Value == nil {
			return
		}
		_, _ = c.CreateItem(t.Context(), monday.CreateItemRequest{BoardID: board, Name: "x", Columns: monday.Columns{"text1": v.Value}})
	})
}

// FuzzDocument compares what the client takes a document for with a parser: a
// mutation that passed for a query would be sent again without a key.
func FuzzDocument(f *testing.F) {
	for _, document := range []string{
		"{ a }", "query q($a: T = {b: \"}\"}) { x } mutation m { y }", "{ a } # x\rmutation m { b }", "{ a(b: \"\"\"\\\\\"\"\" mutation { } \"\"\") } mutation m { b }",
		"fragment mutation on X { a } { mutation }", "\ufeffmutation { a }", "query @a(b: [\"]\"]) { a } subscription s { b }", "{ a(b: \"\\\"\") } mutation { c }",
		"query mutation { query } query query { mutation }", "{ a(b: \"\\\\\") } mutation { c }",
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) {
		doc, err := parser.ParseQuery(&ast.Source{Input: document})
		if err != nil || len(doc.Operations) == 0 || !utf8.ValidString(document) {
			return
		}
		want := string(doc.Operations[0].Operation)
		for _, op := range doc.Operations {
			if op.Operation == ast.Mutation || (op.Operation == ast.Subscription && want != string(ast.Mutation)) {
				want = string(op.Operation)
			}
		}
		require.Equal(t, want, monday.KindOf(document), "%q", document)
	})
}
