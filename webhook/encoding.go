package webhook

import (
	"encoding/base64"
	"encoding/hex"
)

// Encoding says how the bytes of a signature are written.
type Encoding int

const (
	// Hex is hexadecimal; both letter cases are accepted, lower case is sent.
	Hex Encoding = iota
	// Base64 is the standard alphabet with padding, in its one canonical form.
	Base64
)

// strictBase64 refuses non-zero tail bits. It still skips line breaks, so
// decoders compare lengths as well.
var strictBase64 = base64.StdEncoding.Strict()

// decode writes the bytes of text to dst, which they must fill exactly.
func (e Encoding) decode(dst []byte, text string) bool {
	if e == Base64 {
		var room [maxDigest + 2]byte // the decoder may touch the padding's place
		sum, ok := base64Into(room[:], text)
		return ok && len(sum) == len(dst) && copy(dst, sum) == len(sum)
	}
	if len(text) != hex.EncodedLen(len(dst)) {
		return false
	}
	_, err := hex.Decode(dst, []byte(text))
	return err == nil
}

func (e Encoding) encode(sum []byte) string {
	if e == Base64 {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

// base64Into decodes a text in its one canonical form, in room, into which it must fit.
func base64Into(room []byte, text string) ([]byte, bool) {
	if size := base64.StdEncoding.DecodedLen(len(text)); size > len(room) {
		return nil, false
	}
	n, err := strictBase64.Decode(room, []byte(text))
	return room[:n], err == nil && len(text) == base64.StdEncoding.EncodedLen(n)
}

// decodeBase64 decodes a text of any length.
func decodeBase64(text string) ([]byte, bool) {
	return base64Into(make([]byte, base64.StdEncoding.DecodedLen(len(text))), text)
}
