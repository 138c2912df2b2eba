package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	passing = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":0.25}
`
	failing = `{"Action":"output","Package":"p","Test":"TestB","Output":"b_test.go:7: broken\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`
	skipping = `{"Action":"output","Package":"p","Test":"TestC","Output":"=== RUN   TestC\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: no PostgreSQL\n"}
{"Action":"output","Package":"p","Test":"TestC","Output":"--- SKIP: TestC (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
`
	noTests = `{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}
{"Action":"skip","Package":"q"}
`
	unbuilt = `{"ImportPath":"r","Action":"build-output","Output":"r.go:1: syntax error\n"}
{"ImportPath":"r","Action":"build-fail"}
{"Action":"fail","Package":"r","FailedBuild":"r"}
`
)

func run(t *testing.T, r rules, input string) (string, bool) {
	t.Helper()
	var out strings.Builder
	sum, err := read(strings.NewReader(input), &out)
	require.NoError(t, err)
	ok := r.judge(sum, &out)
	return out.String(), ok
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		strict bool
		allow  string
		input  string
		ok     bool
		prints string
	}{
		{"all pass", true, "", passing + noTests, true, "1 passed, 0 failed, 0 skipped"},
		{"a failure shows its output", false, "", passing + failing, false, "b_test.go:7: broken"},
		{"a package that does not build", false, "", passing + unbuilt, false, "syntax error"},
		{"a skip is told", false, "", passing + skipping, true, "skip p TestC: c_test.go:9: no PostgreSQL"},
		{"a skip under -strict", true, "", passing + skipping, false, "SKIP NOT ALLOWED p TestC"},
		{"a skip that is allowed", true, "PostgreSQL", passing + skipping, true, "1 skipped (0 not allowed)"},
		{"a skip for another reason", true, "Redis", passing + skipping, false, "(1 not allowed)"},
		{"an input a fuzz target skips", true, "", passing + strings.ReplaceAll(skipping, "TestC", "FuzzC/seed#0"), true, "0 skipped"},
		{"a fuzz target that is skipped", true, "", passing + strings.ReplaceAll(skipping, "TestC", "FuzzC"), false, "(1 not allowed)"},
		{"nothing ran", false, "", noTests, false, "no test ran"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rules{strict: c.strict}
			if c.allow != "" {
				require.NoError(t, r.allow(c.allow))
			}
			out, ok := run(t, r, c.input)
			require.Equal(t, c.ok, ok, out)
			require.Contains(t, out, c.prints)
			require.NotContains(t, out, "chatter")
		})
	}
}

func TestRead_RefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	_, err := read(strings.NewReader("FAIL\n"), new(strings.Builder))
	require.ErrorContains(t, err, "reading test events")
}

func TestRules_AllowRefusesABadPattern(t *testing.T) {
	t.Parallel()
	require.Error(t, new(rules).allow("("))
}
