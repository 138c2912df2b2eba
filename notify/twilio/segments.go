package twilio

// Encoding is how a text travels.
type Encoding string

// The encodings of text messages.
const (
	// GSM7 holds 160 characters in one segment, 153 in each of several.
	GSM7 Encoding = "GSM-7"
	// UCS2 holds 70 UTF-16 units in one segment, 67 in each of several.
	UCS2 Encoding = "UCS-2"
)

// Segments tells how long a text is; providers charge per segment.
type Segments struct {
	Encoding Encoding
	// Count is how many segments the text takes; an empty one takes 1.
	Count int
	// Units are septets in GSM-7, UTF-16 units in UCS-2.
	Units int
}

// The GSM 03.38 alphabet: basic characters take one septet, those of the
// extension two.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|" // and the euro sign
)

// CountSegments returns how many segments a text takes. One character outside
// the GSM alphabet, such as the Polish "ł", makes the whole text UCS-2. With
// smart the text is counted as Twilio sends it with SmartEncoded. See Twilio's
// page "What is a segment?". Twilio's own calculator also keeps characters that
// are shown as one in one segment, such as the parts of a flag; where such a
// sequence meets the end of a segment it may count one more.
func CountSegments(text string, smart bool) Segments {
	if smart {
		text = smartEncode(text)
	}
	for _, r := range text {
		if septets(r) == 0 {
			return split(text, UCS2, 70, 67, units)
		}
	}
	return split(text, GSM7, 160, 153, septets)
}

// split fills segments without cutting a character in two.
func split(text string, enc Encoding, single, each int, size func(rune) int) Segments {
	s := Segments{Encoding: enc, Count: 1}
	used := 0
	for _, r := range text {
		n := size(r)
		s.Units += n
		if used+n > each {
			s.Count++
			used = 0
		}
		used += n
	}
	if s.Units <= single {
		s.Count = 1
	}
	return s
}

// alphabet is how many septets a character takes; the euro sign is the only
// one beyond it.
var alphabet = func() (table [0x400]uint8) {
	for _, r := range gsmBasic {
		table[r] = 1
	}
	for _, r := range gsmExtension {
		table[r] = 2
	}
	return table
}()

// septets is 0 for what GSM-7 does not have.
func septets(r rune) int {
	switch {
	case int(r) < len(alphabet):
		return int(alphabet[r])
	case r == '€':
		return 2
	}
	return 0
}

func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}
