package analytics

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// UserData identifies a person by hashes of contact data. Use [HashEmail] and
// its siblings: they bring the text into the form that Google hashes.
type UserData struct {
	EmailSHA256 []string  `json:"sha256_email_address,omitempty"`
	PhoneSHA256 []string  `json:"sha256_phone_number,omitempty"`
	Address     []Address `json:"address,omitempty"`
}

// IsZero reports whether there is nothing to send.
func (u UserData) IsZero() bool {
	return len(u.EmailSHA256)+len(u.PhoneSHA256)+len(u.Address) == 0
}

// Address is part of UserData; names and street are hashed, the rest is not.
type Address struct {
	FirstNameSHA256 string `json:"sha256_first_name,omitempty"`
	LastNameSHA256  string `json:"sha256_last_name,omitempty"`
	StreetSHA256    string `json:"sha256_street,omitempty"`
	City            string `json:"city,omitempty"`
	Region          string `json:"region,omitempty"`
	PostalCode      string `json:"postal_code,omitempty"`
	Country         string `json:"country,omitempty"`
}

// HashEmail returns the SHA-256 of an address, trimmed and in lower case;
// for gmail.com and googlemail.com without the dots before the @.
func HashEmail(address string) string {
	s := normal(address)
	if name, host, ok := strings.Cut(s, "@"); ok && (host == "gmail.com" || host == "googlemail.com") {
		s = strings.ReplaceAll(name, ".", "") + "@" + host
	}
	return hash(s)
}

// HashPhone returns the SHA-256 of a number with country code: a plus and its
// digits.
func HashPhone(number string) string {
	return hash("+" + keep(number, func(r rune) bool { return r >= '0' && r <= '9' }))
}

// HashName returns the SHA-256 of a first or last name, trimmed, in lower case
// and without digits and symbols.
func HashName(name string) string { return hash(strings.TrimSpace(keep(normal(name), lettersOrSpace))) }

// HashStreet returns the SHA-256 of a street and number, trimmed, in lower case
// and without symbols.
func HashStreet(street string) string {
	kept := keep(normal(street), func(r rune) bool { return lettersOrSpace(r) || unicode.IsDigit(r) })
	return hash(strings.TrimSpace(kept))
}

// NormalCity returns a city as Google wants it in an Address: in lower case,
// without digits and symbols. It is not hashed.
func NormalCity(city string) string { return strings.TrimSpace(keep(normal(city), lettersOrSpace)) }

func normal(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// hash returns lower-case hexadecimal SHA-256, and nothing for nothing: the
// hash of an empty text would be the same person for all.
func hash(s string) string {
	if s == "" || s == "+" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func lettersOrSpace(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || r == ' ' }

func keep(s string, wanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if wanted(r) {
			return r
		}
		return -1
	}, s)
}
