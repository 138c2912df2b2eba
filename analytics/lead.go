package analytics

// The lead events that Google recommends ("Events reference"), in the order of
// a lead's life. Currency is mandatory with a value: a lead whose Value and
// Currency are both zero is sent without, and reports cannot sum it up.

// GenerateLead says that somebody became a lead.
type GenerateLead struct {
	Value float64
	// Currency is ISO 4217: "PLN".
	Currency string
	// Source is where the lead came from.
	Source string
}

// Event returns generate_lead.
func (l GenerateLead) Event() Event {
	return leadEvent("generate_lead", l.Value, l.Currency, "lead_source", l.Source)
}

// QualifyLead says that a lead meets the criteria.
type QualifyLead struct {
	Value    float64
	Currency string
}

// Event returns qualify_lead.
func (l QualifyLead) Event() Event { return leadEvent("qualify_lead", l.Value, l.Currency, "", "") }

// DisqualifyLead says that a lead does not, and why.
type DisqualifyLead struct {
	Value    float64
	Currency string
	Reason   string
}

// Event returns disqualify_lead.
func (l DisqualifyLead) Event() Event {
	return leadEvent("disqualify_lead", l.Value, l.Currency, "disqualified_lead_reason", l.Reason)
}

// WorkingLead says that somebody works on the lead.
type WorkingLead struct {
	Value    float64
	Currency string
	Status   string
}

// Event returns working_lead.
func (l WorkingLead) Event() Event {
	return leadEvent("working_lead", l.Value, l.Currency, "lead_status", l.Status)
}

// CloseConvertLead says that the lead became a customer.
type CloseConvertLead struct {
	Value    float64
	Currency string
}

// Event returns close_convert_lead.
func (l CloseConvertLead) Event() Event {
	return leadEvent("close_convert_lead", l.Value, l.Currency, "", "")
}

// CloseUnconvertLead says that the lead is lost, and why.
type CloseUnconvertLead struct {
	Value    float64
	Currency string
	Reason   string
}

// Event returns close_unconvert_lead.
func (l CloseUnconvertLead) Event() Event {
	return leadEvent("close_unconvert_lead", l.Value, l.Currency, "unconvert_lead_reason", l.Reason)
}

func leadEvent(name string, value float64, currency, param, detail string) Event {
	p := money(value, currency)
	if detail != "" {
		p[param] = detail
	}
	return Event{Name: name, Params: p}
}

// money returns value and currency where there is one of them.
func money(value float64, currency string) Params {
	p := Params{}
	if value != 0 || currency != "" {
		p["value"] = value
	}
	if currency != "" {
		p["currency"] = currency
	}
	return p
}
