package booksy

import (
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/centrala-go/centrala/transport"
)

// checker keeps the first problem of an input.
type checker struct {
	op  string
	err error
}

func (c *checker) require(ok bool, field, problem string) {
	if c.err == nil && !ok {
		c.err = transport.Invalid(c.op, field, problem)
	}
}

func (c *checker) text(field, s string) {
	c.require(strings.TrimSpace(s) != "", field, "is empty")
}

func (c *checker) id(field, s string) {
	c.text(field, s)
	c.require(!strings.ContainsFunc(s, unicode.IsControl), field, "holds a control character")
}

// pathID also refuses what would name another resource in a path.
func (c *checker) pathID(field, s string) {
	c.id(field, s)
	c.require(s != "." && s != "..", field, "is a dot segment")
}

func (c *checker) date(s string) {
	c.require(validDate(s), "Date", "is not a date like 2026-11-23")
}

func (c *checker) clock(field, s string) {
	c.require(validTime(s), field, "is not a time like 09:30")
}

func (c *checker) email(field, s string) {
	a, err := mail.ParseAddress(s)
	c.require(err == nil && a.Address == s && len(s) <= 254, field, "is not an e-mail address")
}

func (c *checker) phone(field, s string) {
	n := len(digits(s))
	odd := strings.Trim(s, "+0123456789 .-()/") != ""
	c.require(n >= 7 && n <= 15 && !odd, field, "is not a phone number of 7 to 15 digits")
}

func validDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func validTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
