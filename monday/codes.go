package monday

import (
	"net/http"
	"slices"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// class is what a code means: the kind of error, and what may follow.
type class struct {
	kind   error
	result transport.Result
}

var (
	limited  = class{transport.ErrRateLimited, transport.ResultRetry}
	locked   = class{transport.ErrConflict, transport.ResultRetry}
	inUse    = class{transport.ErrConflict, transport.ResultUnclear} // another request does the same work just now
	blocked  = class{transport.ErrUnavailable, transport.ResultRetry}
	broken   = class{transport.ErrUnavailable, transport.ResultUnclear}
	spent    = class{transport.ErrQuota, transport.ResultRefused}
	denied   = class{transport.ErrAuth, transport.ResultRefused}
	absent   = class{transport.ErrNotFound, transport.ResultRefused}
	invalid  = class{transport.ErrInvalid, transport.ResultRefused}
	conflict = class{transport.ErrConflict, transport.ResultRefused}

	tooComplex = class{transport.ErrTooLarge, transport.ResultRefused}
)

// codes are monday's error codes in lower case, because one and the same code
// has been seen in several spellings. Source: monday's pages "Error handling"
// and "Rate limits".
var codes = map[string]class{
	"complexity_budget_exhausted": limited,
	"complexityexception":         limited,
	"complexitybudgetexhausted":   limited,
	"rate_limit_exceeded":         limited,
	"maxconcurrencyexceeded":      limited,
	"field_limit_exceeded":        limited,
	"ip_rate_limit_exceeded":      limited,
	"mutationcallsexceeded":       limited,
	"ratelimitedexception":        limited,
	"idempotency_conflict":        inUse,
	"api_temporarily_blocked":     blocked,
	"internal_server_error":       broken,

	"daily_limit_exceeded": spent,

	"not_authenticated":          denied,
	"unauthorized":               denied,
	"userunauthorizedexception":  denied,
	"user_access_denied":         denied,
	"missingrequiredpermissions": denied,

	"resourcenotfoundexception": absent,
	"invalidboardidexception":   absent,
	"invaliditemidexception":    absent,
	"invalidgroupidexception":   absent,
	"invalidcolumnidexception":  absent,
	"invaliduseridexception":    absent,

	"columnvalueexception":     invalid,
	"correctedvalueexception":  invalid,
	"invalidargumentexception": invalid,
	"itemnametoolongexception": invalid,
	"itemslimitationexception": invalid,
	"createboardexception":     invalid,
	"recordinvalidexception":   invalid,
	"data_validations_error":   invalid,
	"jsonparseexception":       invalid,
	"invalidversionexception":  invalid,
	"undefinedfield":           invalid,
	"deletelastgroupexception": conflict,
}

// texts are the messages that stand for a code when there is none.
var texts = []struct {
	part  string
	class class
}{
	{"complexity budget exhausted", limited},
	{"minute limit rate exceeded", limited},
	{"rate limit exceeded", limited},
	{"concurrency limit exceeded", limited},
	{"call limit exceeded", limited},
	{"resource is currently locked", locked},
	{"daily limit", spent},
	{"your ip is restricted", denied},
	{"not authenticated", denied},
	{"parse error on", invalid},
	{"cursorexpirederror", invalid},
}

// classify reads one problem: by code, by text, by the status inside the body.
// What none of them explains goes by the answer's own status, and is not known.
func classify(p Problem, status int) (c class, known bool) {
	message := strings.ToLower(p.Message)
	if strings.Contains(message, "exceeds max complexity") { // under the code for an empty budget
		return tooComplex, true
	}
	if c, ok := codes[strings.ToLower(p.Code)]; ok {
		return c, true
	}
	for _, t := range texts {
		if strings.Contains(message, t.part) {
			return t.class, true
		}
	}
	if p.Status >= http.StatusBadRequest {
		return classOfStatus(p.Status), true
	}
	return classOfStatus(status), false
}

func classOfStatus(status int) class {
	switch {
	case status == http.StatusLocked:
		return locked
	case status >= http.StatusBadRequest:
		v := transport.JudgeStatus(&transport.Response{Status: status})
		return class{v.Kind, v.Result}
	}
	return invalid
}

// worst picks the problem that decides. One that is known weighs more than one
// that is not (the older form repeats its message as a bare text); then, that
// something may have happened weighs more than a reason to give up, and that
// more than one to wait.
func worst(problems []Problem, status int) (class, Problem) {
	rank := map[transport.Result]int{transport.ResultRetry: 1, transport.ResultRefused: 2, transport.ResultUnclear: 3}
	var picked Problem
	var decided class
	best := 0
	for _, p := range problems {
		c, known := classify(p, status)
		weight := rank[c.result]
		if known {
			weight += len(rank)
		}
		if weight > best {
			best, decided, picked = weight, c, p
		}
	}
	return decided, picked
}

func cursorExpired(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool {
		return strings.Contains(strings.ToLower(p.Code+" "+p.Message), "cursorexpired")
	})
}
