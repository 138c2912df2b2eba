package analytics

import (
	"errors"
	"strings"

	"github.com/centrala-go/centrala/transport"
)

// Error is a hit that Google did not accept, or may not have: see Outcome. It
// unwraps to *transport.Error and matches its kinds.
type Error struct {
	// Outcome says what became of the effect.
	Outcome transport.Outcome
	// Status is the answer's status code, 0 without an answer.
	Status int
	// Body is the start of the answer; Google rarely sends one.
	Body []byte
	err  *transport.Error
}

// Error returns one line without the query string, which holds the secret.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the *transport.Error with outcome, attempts and cause.
func (e *Error) Unwrap() error { return e.err }

// wrap gives an error of the transport this package's type; refused input
// stays what it is.
func wrap(err error) error {
	if e, ok := errors.AsType[*transport.Error](err); ok {
		return &Error{Outcome: e.Outcome, Status: e.Status, Body: e.Body, err: e}
	}
	return err
}

// InvalidError is a payload that local validation refused: nothing was sent.
// It matches transport.ErrInvalid and transport.ErrNotSent.
type InvalidError struct {
	// Findings are the broken rules, at least one.
	Findings []Finding
}

// refuse returns an *InvalidError when there is an error among the findings.
func refuse(findings []Finding) error {
	var broken []Finding
	for _, f := range findings {
		if f.Severity == SeverityError {
			broken = append(broken, f)
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return &InvalidError{Findings: broken}
}

// invalid returns an *InvalidError with one finding.
func invalid(path string, code Code, problem string) error {
	return &InvalidError{Findings: []Finding{{Path: path, Code: code, Problem: problem}}}
}

// Error lists the broken rules.
func (e *InvalidError) Error() string {
	texts := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		texts[i] = f.String()
	}
	return "analytics: " + strings.Join(texts, "; ")
}

// Unwrap returns one *transport.FieldError per finding.
func (e *InvalidError) Unwrap() []error {
	errs := make([]error, len(e.Findings))
	for i, f := range e.Findings {
		errs[i] = transport.Invalid("analytics", f.Path, "%s [%s]", f.Problem, f.Code)
	}
	return errs
}
