// Package phone turns phone numbers as people write them into the E.164 form
// that providers of text messages want.
package phone

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// E164 returns number in E.164 form: "501 234 567" with region "PL" is
// "+48501234567". The region, an ISO 3166 code of two letters, says how to read
// a number without a country code; "" accepts only numbers that have one. An
// extension is dropped. Letters never stand for digits: "1-800-FLOWERS" is
// refused, because what people mistype would reach a stranger.
//
// A number that cannot exist is an error that matches
// notify.ErrInvalidRecipient; it does not repeat the number, which is personal
// data. An unknown region matches transport.ErrInvalid only.
func E164(number, region string) (string, error) {
	if region != "" && phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return "", transport.Invalid("phone.E164", "region", "%q is not a region", region)
	}
	parsed, err := phonenumbers.Parse(strings.TrimSpace(number), region)
	switch {
	case err != nil:
		return "", notify.InvalidRecipient("phone.E164", "number", "cannot be read: %v", err)
	case spelled(number, parsed.GetNationalNumber()):
		return "", notify.InvalidRecipient("phone.E164", "number", "has letters in place of digits")
	case !phonenumbers.IsValidNumber(parsed):
		return "", notify.InvalidRecipient("phone.E164", "number", "does not exist in its country's numbering plan")
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// spelled reports whether letters were read as digits, as on a keypad.
func spelled(number string, national uint64) bool {
	digits := phonenumbers.NormalizeDigitsOnly(number)
	return strings.ContainsFunc(number, unicode.IsLetter) && !strings.Contains(digits, strconv.FormatUint(national, 10))
}
