package twilio

import (
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
	SID                 string      `json:"sid"`
	Status              string      `json:"status"`
	To                  string      `json:"to"`
	From                string      `json:"from"`
	Body                string      `json:"body"`
	Direction           string      `json:"direction"`
	MessagingServiceSID string      `json:"messaging_service_sid"`
	AccountSID          string      `json:"account_sid"`
	NumSegments         json.Number `json:"num_segments"`
	NumMedia            json.Number `json:"num_media"`
	Price               string      `json:"price"`
	PriceUnit           string      `json:"price_unit"`
	ErrorCode           json.Number `json:"error_code"`
	ErrorMessage        string      `json:"error_message"`
	DateCreated         string      `json:"date_created"`
	DateUpdated         string      `json:"date_updated"`
	DateSent            string      `json:"date_sent"`
}

func (w *wireMessage) message() Message {
	return Message{
		SID: w.SID, Status: w.Status, To: w.To, From: w.From, Body: w.Body, Direction: w.Direction,
		MessagingServiceSID: w.MessagingServiceSID, AccountSID: w.AccountSID,
		Segments: number(w.NumSegments), Media: number(w.NumMedia), Price: w.Price, PriceUnit: w.PriceUnit,
		ErrorCode: number(w.ErrorCode), ErrorMessage: w.ErrorMessage,
		Created: date(w.DateCreated), Updated: date(w.DateUpdated), Sent: date(w.DateSent),
	}
}

func decodeMessage(body []byte) (Message, error) {
	var w wireMessage
	if err := json.Unmarshal(body, &w); err != nil {
		return Message{}, err
	}
	return w.message(), nil
}

// number is 0 for what is absent or out of range.
func number(n json.Number) int {
	i, err := strconv.Atoi(n.String())
	if err != nil {
		return 0
	}
	return i
}

// date is the zero time for what is absent or malformed.
func date(s string) time.Time {
	t, err := time.Parse(time.RFC1123Z, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
