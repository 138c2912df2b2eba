package analytics

import "fmt"

// Mode says what local validation does with a payload that breaks a rule.
type Mode uint8

const (
	// Strict refuses it: nothing is sent. Warnings are let pass and returned.
	Strict Mode = iota
	// Warn sends it and returns what is wrong in Receipt.Findings.
	Warn
	// Off does not look.
	Off
)

// Severity tells a broken rule from one on which Google's pages disagree.
type Severity uint8

const (
	// SeverityError: a documented rule is broken; Google drops or cuts the data.
	SeverityError Severity = iota
	// SeverityWarning: the data arrives but may not show where it should.
	SeverityWarning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == SeverityWarning {
		return "warning"
	}
	return "error"
}

// Code is a validation code in Google's vocabulary. Google's server uses a few
// that it does not document, so a Code from there may be any text.
type Code string

// The codes that Google documents on "Validating events".
const (
	ValueInvalid        Code = "VALUE_INVALID"
	ValueRequired       Code = "VALUE_REQUIRED"
	ValueOutOfBounds    Code = "VALUE_OUT_OF_BOUNDS"
	NameInvalid         Code = "NAME_INVALID"
	NameReserved        Code = "NAME_RESERVED"
	NameDuplicated      Code = "NAME_DUPLICATED"
	ExceededMaxEntities Code = "EXCEEDED_MAX_ENTITIES"
)

// Finding is one thing that is wrong with a payload.
type Finding struct {
	// Path leads to the field: "events[1].params.value"; empty for the whole.
	Path     string
	Code     Code
	Severity Severity
	// Problem completes the sentence "<path> …" and repeats no value.
	Problem string
}

// String returns "path problem [CODE]".
func (f Finding) String() string {
	path := f.Path
	if path == "" {
		path = "payload"
	}
	return fmt.Sprintf("%s %s [%s]", path, f.Problem, f.Code)
}
