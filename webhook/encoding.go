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
		if len(text) != base64.StdEncoding.EncodedLen(len(dst)) {
			return false
		}
		var room [maxDigest + 2]byte // the decoder may touch the padding's place
		n, err := strictBase64.Decode(room[:], []byte(text))
		return err == nil && n == len(dst) && copy(dst, room[:n]) == n
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

// decodeBase64 decodes a text of any length in its one canonical form.
func decodeBase64(text string) ([]byte, bool) {
	raw, err := strictBase64.DecodeString(text)
	if err != nil || len(text) != base64.StdEncoding.EncodedLen(len(raw)) {
		return nil, false
	}
	return raw, true
}
