package booksy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Codec translates bodies. A nil function means the guide's shape, so that an
// adapter replaces only what differs. Functions must be safe for concurrent
// use and must not keep the body.
type Codec struct {
	// EncodeCreate builds the JSON body of Create.
	EncodeCreate func(CreateRequest) ([]byte, error)
	// EncodeReschedule builds the JSON body of Reschedule. It should hold the
	// full target values: the request may be repeated.
	EncodeReschedule func(RescheduleRequest) ([]byte, error)
	// DecodeAppointment reads the answer of Create and Reschedule. An error,
	// or an appointment without an id, leaves the outcome of Create unknown.
	DecodeAppointment func(body []byte) (Appointment, error)
	// DecodeSlots reads the answer of Availability.
	DecodeSlots func(body []byte) ([]Slot, error)
	// DecodeList reads the answer of List.
	DecodeList func(body []byte) ([]Appointment, error)
}

func (c Codec) complete() Codec {
	if c.EncodeCreate == nil {
		c.EncodeCreate = encodeCreate
	}
	if c.EncodeReschedule == nil {
		c.EncodeReschedule = encodeReschedule
	}
	if c.DecodeAppointment == nil {
		c.DecodeAppointment = decodeAppointment
	}
	if c.DecodeSlots == nil {
		c.DecodeSlots = decodeSlots
	}
	if c.DecodeList == nil {
		c.DecodeList = decodeList
	}
	return c
}

func encodeCreate(r CreateRequest) ([]byte, error) { return json.Marshal(r) }

func encodeReschedule(r RescheduleRequest) ([]byte, error) { return json.Marshal(r) }

// wireAppointment is an appointment as answers hold it.
type wireAppointment struct {
	ID            flexID `json:"id"`
	Date          string `json:"date"`
	Time          string `json:"time"`
	ServiceID     flexID `json:"service_id"`
	ServiceName   string `json:"service_name"`
	StaffID       flexID `json:"staff_id"`
	StaffName     string `json:"staff_name"`
	CustomerPhone string `json:"customer_phone"`
	Status        string `json:"status"`
}

func (w wireAppointment) appointment() Appointment {
	return Appointment{
		ID: string(w.ID), Date: shortDate(w.Date), Time: shortTime(w.Time),
		ServiceID: string(w.ServiceID), ServiceName: w.ServiceName,
		StaffID: string(w.StaffID), StaffName: w.StaffName,
		CustomerPhone: w.CustomerPhone, Status: w.Status,
	}
}

func decodeAppointment(body []byte) (Appointment, error) {
	var w wireAppointment
	if err := json.Unmarshal(body, &w); err != nil {
		return Appointment{}, fmt.Errorf("not an appointment: %w", err)
	}
	return w.appointment(), nil
}

func decodeList(body []byte) ([]Appointment, error) {
	var w struct {
		Appointments *[]wireAppointment `json:"appointments"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, fmt.Errorf("not a list of appointments: %w", err)
	}
	if w.Appointments == nil {
		return nil, errors.New("no appointments in the answer")
	}
	list := make([]Appointment, len(*w.Appointments))
	for i, a := range *w.Appointments {
		list[i] = a.appointment()
	}
	return list, nil
}

func decodeSlots(body []byte) ([]Slot, error) {
	var w struct {
		Slots *[]Slot `json:"available_slots"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, fmt.Errorf("not a list of slots: %w", err)
	}
	if w.Slots == nil {
		return nil, errors.New("no available_slots in the answer")
	}
	return *w.Slots, nil
}

// flexID is an id that arrives as a JSON string or as an integer.
type flexID string

// UnmarshalJSON keeps the digits of a number as they are, however many.
func (id *flexID) UnmarshalJSON(b []byte) error {
	text := string(b)
	switch {
	case text == "null":
		return nil
	case strings.HasPrefix(text, `"`):
		return json.Unmarshal(b, (*string)(id))
	case strings.Trim(text, "-0123456789") != "":
		return errors.New("an id is neither a string nor an integer")
	}
	*id = flexID(text)
	return nil
}
