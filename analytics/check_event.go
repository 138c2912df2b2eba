package analytics

import "strings"

const eventKeys = " name params timestamp_micros "

// events checks the list of events.
func (c *checker) events(m map[string]node) {
	n := m["events"]
	switch {
	case n.empty():
		c.fail("events", ValueRequired, "is empty")
		return
	case n.kind != array:
		c.fail("events", ValueInvalid, "is not an array")
		return
	case len(n.items) > maxEvents:
		c.fail("events", ExceededMaxEntities, "has %d entries, %d is the most", len(n.items), maxEvents)
	}
	for i, e := range n.items {
		c.event(index("events", i), e)
	}
}

func (c *checker) event(path string, n node) {
	m, ok := c.record(path, n, eventKeys)
	if !ok {
		return
	}
	name, given := m["name"]
	c.eventName(join(path, "name"), name, given)
	c.timestamp(path, m)
	e := eventCheck{checker: c, name: name.text, path: join(path, "params")}
	params, given := m["params"]
	if !given {
		params = node{kind: object}
	}
	e.params(params)
}

// eventCheck checks the parameters of one event.
type eventCheck struct {
	*checker
	name   string
	path   string
	values map[string]node
	broken map[string]bool // reported: no second finding about the same parameter
}

func (e *eventCheck) params(n node) {
	var ok bool
	if e.values, ok = e.members(e.path, n); !ok {
		return
	}
	if len(n.fields) > maxParams {
		e.fail(e.path, ExceededMaxEntities, "has %d entries, %d is the most", len(n.fields), maxParams)
	}
	e.broken = map[string]bool{}
	for _, f := range n.fields {
		if !e.param(f.name, f.value) {
			e.broken[f.name] = true
		}
	}
	e.required()
	e.money()
	e.session()
}

// param checks one parameter and reports whether it is sound.
func (e *eventCheck) param(name string, n node) bool {
	path := join(e.path, name)
	if !e.paramName(path, name) {
		return false
	}
	switch name {
	case "items":
		return e.items(path, n)
	case "session_id":
		return e.sessionID(path, n)
	case "engagement_time_msec":
		return e.engagement(path, n)
	case "timestamp_micros":
		e.warn(path, ValueInvalid, "belongs beside the event's name, not among its parameters")
	}
	return e.value(path, name, n) && e.typed(path, name, n, e.typeOf(name))
}

// value checks what holds for every parameter: a scalar of bounded length.
func (c *checker) value(path, name string, n node) bool {
	if !n.scalar() {
		c.fail(path, ValueInvalid, "is not a string, number or boolean")
		return false
	}
	limit := maxValue
	if c.rules.Property360 {
		limit = maxValue360
	}
	limit = max(limit, longValues[name])
	if n.kind == text && n.runes() > limit && name != "session_number" {
		c.fail(path, ValueOutOfBounds, "has %d characters, %d is the most", n.runes(), limit)
		return false
	}
	return true
}

// typed checks a parameter whose type is documented; null stands for any.
func (c *checker) typed(path, name string, n node, want kind) bool {
	switch {
	case want == number && n.kind != number:
		c.fail(path, ValueInvalid, "is not a number")
	case want == text && n.kind != text:
		c.fail(path, ValueInvalid, "is not a string")
	case name == "currency" && n.text != "" && !currencyPattern.MatchString(n.text):
		c.fail(path, ValueInvalid, "is not three capital letters of ISO 4217")
	default:
		return true
	}
	return false
}

// sessionID wants a positive number, as a number or as text. Tag Manager sends
// other texts, so those are a warning.
func (e *eventCheck) sessionID(path string, n node) bool {
	digits := strings.TrimPrefix(n.text, "-")
	switch {
	case n.kind != text && n.kind != number, n.text == "":
		e.fail(path, ValueInvalid, "is not a positive number")
	case sessionPattern.MatchString(n.text):
		return true
	case n.kind == number || strings.Trim(digits, "0123456789.") == "":
		e.fail(path, ValueInvalid, "is not a positive number")
	default:
		e.warn(path, ValueInvalid, "is not numeric")
		return true
	}
	return false
}

func (e *eventCheck) engagement(path string, n node) bool {
	switch {
	case n.kind != number:
		e.fail(path, ValueInvalid, "is not a number")
		return false
	case n.float() < 0:
		e.fail(path, ValueInvalid, "is negative")
		return false
	case n.float() == 0:
		e.warn(path, ValueInvalid, "is 0, which hides the person from reports")
	}
	return true
}

// required checks what the event cannot do without.
func (e *eventCheck) required() {
	for name := range strings.FieldsSeq(requiredParams[e.name]) {
		if e.values[name].empty() && !e.broken[name] {
			e.fail(join(e.path, name), ValueRequired, "is empty, which %s needs", e.name)
		}
	}
	if items := e.values["items"]; e.name == "select_item" && len(items.items) > 1 {
		e.fail(join(e.path, "items"), ExceededMaxEntities, "has %d entries, select_item takes one", len(items.items))
	}
}

// money checks that value and currency come together.
func (e *eventCheck) money() {
	value, currency := !e.values["value"].empty(), !e.values["currency"].empty()
	at := func(name string) string { return join(e.path, name) }
	switch {
	case listed(virtualMoney, e.name) || e.broken["value"] || e.broken["currency"]:
	case value && !currency:
		e.fail(at("currency"), ValueRequired, "is empty, which a value needs")
	case currency && !value:
		e.warn(at("value"), ValueRequired, "is missing beside currency")
	case !value && listed(moneyAdvised, e.name):
		e.warn(at("value"), ValueRequired, "is advised for %s", e.name)
	}
}

// session checks what Realtime reports need.
func (e *eventCheck) session() {
	for _, name := range []string{"session_id", "engagement_time_msec"} {
		if _, ok := e.values[name]; !ok {
			e.warn(join(e.path, name), ValueRequired, "is missing: Realtime reports need it")
		}
	}
}
