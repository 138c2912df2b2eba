package twilio

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// Message is a message as Twilio keeps it. See Twilio's page "Messages
// resource".
type Message struct {
	// SID names the message, "SM…" or "MM…".
	SID string
	// Status is accepted, scheduled, queued, sending, sent, delivered,
	// undelivered, failed, canceled, read, partially_delivered, receiving or
	// received.
	Status string
	// To and From are numbers, short codes, alphanumeric ids or channel
	// addresses. From is empty until a messaging service has chosen it.
	To, From, Body string
	// Direction is inbound, outbound-api, outbound-call or outbound-reply.
	Direction string
	// MessagingServiceSID is the service it was sent with, if any.
	MessagingServiceSID, AccountSID string
	// Segments is 0 until a messaging service has chosen the sender.
	Segments, Media int
	// Price, in PriceUnit, is negative for a cost and empty until known.
	Price, PriceUnit string
	// ErrorCode and ErrorMessage say why a message was not delivered. Twilio
	// warns that they may change.
	ErrorCode    int
	ErrorMessage string
	// Created, Updated and Sent have seconds; Sent is zero until Twilio sends.
	Created, Updated, Sent time.Time
}

// wireMessage is the JSON form: counts are strings, dates are RFC 2822.
type wireMessage struct {
	SID                 string `json:"sid"`
	Status              string `json:"status"`
	To                  string `json:"to"`
	From                string `json:"from"`
	Body                string `json:"body"`
	Direction           string `json:"direction"`
	MessagingServiceSID string `json:"messaging_service_sid"`
	AccountSID          string `json:"account_sid"`
	NumSegments         count  `json:"num_segments"`
	NumMedia            count  `json:"num_media"`
	Price               amount `json:"price"`
	PriceUnit           string `json:"price_unit"`
	ErrorCode           count  `json:"error_code"`
	ErrorMessage        string `json:"error_message"`
	DateCreated         date   `json:"date_created"`
	DateUpdated         date   `json:"date_updated"`
	DateSent            date   `json:"date_sent"`
}

func (w *wireMessage) message() Message {
	return Message{
		SID: w.SID, Status: w.Status, To: w.To, From: w.From, Body: w.Body, Direction: w.Direction,
		MessagingServiceSID: w.MessagingServiceSID, AccountSID: w.AccountSID,
		Segments: int(w.NumSegments), Media: int(w.NumMedia), Price: string(w.Price), PriceUnit: w.PriceUnit,
		ErrorCode: int(w.ErrorCode), ErrorMessage: w.ErrorMessage,
		Created: w.DateCreated.Time, Updated: w.DateUpdated.Time, Sent: w.DateSent.Time,
	}
}

// count is a number, in quotes or not, and 0 for what is absent, malformed or
// out of range.
type count int

// UnmarshalJSON never fails: a message that was sent is not lost for a count.
func (n *count) UnmarshalJSON(text []byte) error {
	if s := content(text); len(s) > 0 {
		i, err := strconv.Atoi(string(s))
		if err == nil {
			*n = count(i)
		}
	}
	return nil
}

// amount is a sum of money as text, in quotes or not.
type amount string

// UnmarshalJSON never fails: a message that was sent is not lost for its price.
func (a *amount) UnmarshalJSON(text []byte) error {
	*a = amount(content(text))
	return nil
}

// date is the zero time for what is absent or malformed.
type date struct{ time.Time }

// UnmarshalJSON never fails: a message that was sent is not lost for a date.
func (d *date) UnmarshalJSON(text []byte) error {
	if s := content(text); len(s) > 0 {
		t, err := time.Parse(time.RFC1123Z, string(s))
		if err == nil {
			d.Time = t.UTC()
		}
	}
	return nil
}

// content is what a JSON string says, or a number itself, and nothing for null.
func content(text []byte) []byte {
	switch {
	case string(text) == "null":
		return nil
	case text[0] != '"':
		return text
	case bytes.IndexByte(text, '\\') < 0:
		return text[1 : len(text)-1]
	}
	var s string
	_ = json.Unmarshal(text, &s) // valid, or it would not be here
	return []byte(s)
}
