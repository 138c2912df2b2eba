package twilio

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/centrala-go/centrala/notify"
	"github.com/centrala-go/centrala/transport"
)

// Error is a failed call. It matches transport's kinds and, by Twilio's code,
// those of package notify; it unwraps to the *transport.Error that tells
// outcome, status and body.
type Error struct {
	// Code is Twilio's, 21610 for example; 0 when there was none. See Twilio's
	// page "Error and Warning Dictionary".
	Code int
	// Message is Twilio's text, MoreInfo a link to the code's page.
	Message, MoreInfo string

	kind error
	err  *transport.Error
}

// Error returns the text of the *transport.Error.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the *transport.Error.
func (e *Error) Unwrap() error { return e.err }

// Is reports whether target is the error's kind among notify's.
func (e *Error) Is(target error) bool { return target != nil && target == e.kind }

// wrap gives a failure of the transport Twilio's meaning. It is the only place
// where an Error is made.
func wrap(err error) error {
	t, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return err
	}
	r := decodeRefusal(t.Body)
	e := &Error{Code: r.Code, Message: r.Message, MoreInfo: r.MoreInfo, err: t}
	if t.Status < http.StatusInternalServerError {
		e.kind = codes[r.Code].notify
	}
	return e
}

// refusal is Twilio's error body.
type refusal struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Detail   string `json:"detail"` // instead of a message, in newer APIs
}

// decodeRefusal reads what it can: bodies may be empty, HTML or cut short.
func decodeRefusal(body []byte) refusal {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		return refusal{}
	}
	r.Message = cmp.Or(r.Message, r.Detail)
	return r
}

// The codes that this package acts on.
const (
	codeTooManyRequests = 20429
	codeQueueFull       = 21611
)

// meaning is what a code says: a kind of transport and, maybe, one of notify.
type meaning struct{ transport, notify error }

var (
	badRecipient = meaning{transport.ErrInvalid, notify.ErrInvalidRecipient}
	badSender    = meaning{transport.ErrInvalid, notify.ErrSender}
	optedOut     = meaning{transport.ErrInvalid, notify.ErrOptedOut}
)

// codes holds the meaning of Twilio's codes where the status does not tell it.
var codes = map[int]meaning{
	20003:               {transport.ErrAuth, nil},
	codeTooManyRequests: {transport.ErrRateLimited, nil},
	codeQueueFull:       {transport.ErrRateLimited, nil},
	21211:               badRecipient,
	21408:               badRecipient,
	21612:               badRecipient,
	21614:               badRecipient,
	21610:               optedOut,
	63014:               optedOut,
	21212:               badSender,
	21606:               badSender,
	21608:               badSender,
	21703:               badSender,
	21705:               badSender,
}

// judge reads an answer by its status and Twilio's code. A request that was
// refused for its rate was never processed; one refused because the sender's
// queue is full would be refused again for hours.
func judge(r *transport.Response) transport.Verdict {
	v := transport.JudgeStatus(r)
	v.RequestID = r.Header.Get("Twilio-Request-Id")
	if v.Result == transport.ResultDone {
		return v
	}
	e := decodeRefusal(r.Body)
	v.Message = e.Message
	if e.Code == 0 {
		return v
	}
	v.Code = strconv.Itoa(e.Code)
	if known, ok := codes[e.Code]; ok && r.Status < http.StatusInternalServerError {
		v.Kind = known.transport
		v.Result = transport.ResultRefused
		if e.Code == codeTooManyRequests {
			v.Result = transport.ResultRetry
		}
	}
	return v
}
