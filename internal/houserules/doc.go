// Package houserules holds the rules this repository keeps about itself, as
// functions over its source tree, and the tests that apply them: who may
// import whom, what each package may link, how long a file may be, what must
// be documented and shown by an example.
//
// Each rule is proven by a small bad tree under testdata, where a comment of
// the form
//
//	// want "part of the message"
//
// marks the line a finding must name. A finding without such a comment, or a
// comment without a finding, fails the proof.
package houserules
