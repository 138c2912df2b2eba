package analytics

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Session ties events together. Realtime reports need a session id and a
// positive engagement time in every event; a new id starts a session, and
// session_start must not be sent.
type Session struct {
	// ID is a positive number, by custom the session's start in Unix seconds.
	ID string
	// Number counts the person's sessions; optional.
	Number string
	// Engagement is the time since the previous event. At least 1 ms is sent,
	// because 0 hides the person from reports.
	Engagement time.Duration
}

// NewSession returns the session that started at the given time.
func NewSession(start time.Time) Session {
	return Session{ID: strconv.FormatInt(start.Unix(), 10)}
}

// ClientIDFor returns the client id that belongs to a stable key of yours, a
// chat user's id for example: always the same for the same key, so that one
// person stays one user in the reports. It is a hash, not a disguise: whoever
// can guess the key can compute it. An empty key gives an empty id, which Send
// refuses.
func ClientIDFor(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("centrala client id\x00" + key))
	left := binary.BigEndian.Uint64(sum[:])%(1<<31-1) + 1
	right := binary.BigEndian.Uint64(sum[8:])%9_000_000_000 + 1_000_000_000
	return fmt.Sprintf("%d.%d", left, right)
}

var (
	clientIDPattern = regexp.MustCompile(`^[1-9][0-9]*\.[1-9][0-9]*$`)
	gaCookie        = regexp.MustCompile(`^GA1\.[0-9]+\.([1-9][0-9]*\.[1-9][0-9]*)$`)
	gs1Cookie       = regexp.MustCompile(`^GS1\.[0-9]+\.([1-9][0-9]*)\.([0-9]+)(\..*)?$`)
	gs2Cookie       = regexp.MustCompile(`^GS2\.[0-9]+\.(.+)$`)
	sessionPattern  = regexp.MustCompile(`^[1-9][0-9]*$`)
)

// ClientIDFromCookie reads the client id out of the value of the _ga cookie,
// "GA1.1.123456.1768478000".
func ClientIDFromCookie(value string) (string, error) {
	m := gaCookie.FindStringSubmatch(value)
	if m == nil {
		return "", invalid("_ga", ValueInvalid, "is not a cookie of the form GA1.<n>.<a>.<b>")
	}
	return m[1], nil
}

// SessionFromCookie reads the session's id and number out of the value of a
// _ga_<stream> cookie, in the older form GS1 or the newer GS2.
func SessionFromCookie(value string) (Session, error) {
	if m := gs1Cookie.FindStringSubmatch(value); m != nil {
		return Session{ID: m[1], Number: m[2]}, nil
	}
	if m := gs2Cookie.FindStringSubmatch(value); m != nil {
		if s := gs2Session(m[1]); sessionPattern.MatchString(s.ID) {
			return s, nil
		}
	}
	return Session{}, invalid("_ga_*", ValueInvalid, "is not a cookie of the form GS1.… or GS2.… with a session id")
}

// gs2Session reads segments that are told apart by their first letter.
func gs2Session(segments string) Session {
	var s Session
	for segment := range strings.SplitSeq(segments, "$") {
		switch {
		case strings.HasPrefix(segment, "s"):
			s.ID = segment[1:]
		case strings.HasPrefix(segment, "o"):
			s.Number = segment[1:]
		}
	}
	return s
}
