package analytics

import (
	"net/netip"
	"regexp"
	"slices"
)

const (
	requestKeys = " client_id app_instance_id user_id timestamp_micros user_properties user_data consent" +
		" non_personalized_ads user_location ip_override device user_agent validation_behavior events "
	propertyKeys = " value timestamp_micros "
	locationKeys = " city region_id country_id subcontinent_id continent_id "
	deviceKeys   = " category language screen_resolution operating_system operating_system_version model brand" +
		" browser browser_version "
	consentKeys  = " ad_user_data ad_personalization "
	userDataKeys = " sha256_email_address sha256_phone_number address "
	addressKeys  = " sha256_first_name sha256_last_name sha256_street city region postal_code country "
)

var (
	instancePattern   = regexp.MustCompile(`^[0-9A-Fa-f]{32}$`)
	uuidPattern       = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	currencyPattern   = regexp.MustCompile(`^[A-Z]{3}$`)
	countryPattern    = regexp.MustCompile(`^[A-Z]{2}$`)
	regionPattern     = regexp.MustCompile(`^[A-Z]{2}-[A-Z0-9]{1,3}$`)
	m49Pattern        = regexp.MustCompile(`^[0-9]{3}$`)
	resolutionPattern = regexp.MustCompile(`^[0-9]+x[0-9]+$`)
	hashPattern       = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// request checks the payload's top level.
func (c *checker) request(doc node) {
	m, _ := c.record("", doc, requestKeys)
	c.identity(m)
	c.timestamp("", m)
	c.properties(m)
	c.userData(m)
	c.consent(m)
	c.location(m)
	c.device(m)
	c.flags(m)
	c.events(m)
}

// identity checks who the request is about.
func (c *checker) identity(m map[string]node) {
	needed := "client_id"
	if c.rules.App {
		needed = "app_instance_id"
	}
	if m[needed].empty() {
		c.fail(needed, ValueRequired, "is empty")
		delete(m, needed)
	}
	switch id := c.str("", m, "client_id"); {
	case id == "" || clientIDPattern.MatchString(id):
	case uuidPattern.MatchString(id):
		c.warn("client_id", ValueInvalid, "is a UUID; Google documents two numbers joined by a dot")
	case gaCookie.MatchString(id):
		c.warn("client_id", ValueInvalid, "is a whole _ga cookie; use its last two numbers")
	default:
		c.fail("client_id", ValueInvalid, "is not two positive numbers joined by a dot")
	}
	c.pattern("", m, "app_instance_id", instancePattern, "32 hexadecimal digits")
	c.str("", m, "user_id")
	if n := m["user_id"]; n.kind == text && n.runes() > maxUserID {
		c.fail("user_id", ValueOutOfBounds, "has %d characters, %d is the most", n.runes(), maxUserID)
	}
}

// properties checks user_properties.
func (c *checker) properties(m map[string]node) {
	const path = "user_properties"
	n, ok := m[path]
	if !ok {
		return
	}
	if _, ok = c.members(path, n); !ok {
		return
	}
	if len(n.fields) > maxProperties {
		c.fail(path, ExceededMaxEntities, "has %d entries, %d is the most", len(n.fields), maxProperties)
	}
	for _, f := range n.fields {
		at := join(path, f.name)
		switch {
		case listed(reservedProperties, f.name) || hasPrefix(f.name, reservedPropertyPrefixes):
			c.fail(at, NameReserved, "is reserved for Google")
		case !namePattern.MatchString(f.name):
			c.fail(at, NameInvalid, "is not made of a letter, then letters, digits and underscores")
		case len(f.name) > maxPropertyName:
			c.fail(at, NameInvalid, "has a name of %d characters, %d is the most", len(f.name), maxPropertyName)
		default:
			c.property(at, f.value)
		}
	}
}

// property checks one entry: an object with a value, never the bare value.
func (c *checker) property(path string, n node) {
	m, ok := c.record(path, n, propertyKeys)
	if !ok {
		return
	}
	switch v, given := m["value"]; {
	case !given:
		c.fail(join(path, "value"), ValueRequired, "is missing")
	case !v.scalar():
		c.fail(join(path, "value"), ValueInvalid, "is not a string, number or boolean")
	case v.kind == text && v.runes() > maxPropertyValue:
		c.fail(join(path, "value"), ValueOutOfBounds, "has %d characters, %d is the most", v.runes(), maxPropertyValue)
	}
	c.timestamp(path, m)
}

// userData checks user_data.
func (c *checker) userData(m map[string]node) {
	const path = "user_data"
	n, ok := m[path]
	if !ok {
		return
	}
	data, ok := c.record(path, n, userDataKeys)
	if !ok {
		return
	}
	for _, name := range []string{"sha256_email_address", "sha256_phone_number"} {
		for i, h := range c.list(path, data, name) {
			c.hash(index(join(path, name), i), h)
		}
	}
	for i, a := range c.list(path, data, "address") {
		c.address(index(join(path, "address"), i), a)
	}
	if m["user_id"].empty() {
		c.warn("user_id", ValueRequired, "is advised with user_data")
	}
}

// list returns an array's items and reports what is no array.
func (c *checker) list(path string, m map[string]node, name string) []node {
	n, ok := m[name]
	if ok && n.kind != array {
		c.fail(join(path, name), ValueInvalid, "is not an array")
	}
	return n.items
}

func (c *checker) hash(path string, n node) {
	if n.kind != text || !hashPattern.MatchString(n.text) {
		c.fail(path, ValueInvalid, "is not a SHA-256 in lower-case hexadecimal")
	}
}

func (c *checker) address(path string, n node) {
	m, ok := c.record(path, n, addressKeys)
	if !ok {
		return
	}
	for _, f := range n.fields {
		switch name := snake(f.name); name {
		case "sha256_first_name", "sha256_last_name", "sha256_street":
			c.hash(join(path, name), f.value)
		default:
			c.str(path, m, name)
		}
	}
}

// consent checks the two choices.
func (c *checker) consent(m map[string]node) {
	n, ok := m["consent"]
	if !ok {
		return
	}
	choices, _ := c.record("consent", n, consentKeys)
	for _, name := range []string{"ad_user_data", "ad_personalization"} {
		if v, given := choices[name]; given && (v.kind != text || v.text != string(Granted) && v.text != string(Denied)) {
			c.fail(join("consent", name), ValueInvalid, "is neither GRANTED nor DENIED")
		}
	}
}

// location checks user_location, and ip_override, which it outranks.
func (c *checker) location(m map[string]node) {
	const path = "user_location"
	if ip := c.str("", m, "ip_override"); ip != "" {
		if _, err := netip.ParseAddr(ip); err != nil {
			c.fail("ip_override", ValueInvalid, "is not an IP address")
		}
	}
	n, ok := m[path]
	if !ok {
		return
	}
	if _, both := m["ip_override"]; both {
		c.warn("ip_override", ValueInvalid, "is ignored besides user_location")
	}
	place, _ := c.record(path, n, locationKeys)
	city := c.str(path, place, "city")
	c.pattern(path, place, "country_id", countryPattern, "two capital letters of ISO 3166-1")
	c.pattern(path, place, "region_id", regionPattern, "a code of ISO 3166-2")
	c.pattern(path, place, "subcontinent_id", m49Pattern, "three digits of UN M49")
	c.pattern(path, place, "continent_id", m49Pattern, "three digits of UN M49")
	if city != "" && place["country_id"].text == "US" && place["region_id"].empty() {
		c.warn(join(path, "region_id"), ValueRequired, "is needed for a city in the United States")
	}
}

// device checks device, and user_agent, which it outranks.
func (c *checker) device(m map[string]node) {
	c.str("", m, "user_agent")
	n, ok := m["device"]
	if !ok {
		return
	}
	if _, both := m["user_agent"]; both {
		c.warn("user_agent", ValueInvalid, "is ignored besides device")
	}
	device, _ := c.record("device", n, deviceKeys)
	for _, f := range n.fields {
		c.str("device", device, snake(f.name))
	}
	c.pattern("device", device, "screen_resolution", resolutionPattern, "of the form 1280x2856")
}

// flags checks what is left of the top level.
func (c *checker) flags(m map[string]node) {
	if n, ok := m["non_personalized_ads"]; ok && n.kind != boolean {
		c.fail("non_personalized_ads", ValueInvalid, "is not a boolean")
	}
	behaviors := []string{string(Relaxed), string(EnforceRecommendations)}
	if n, ok := m["validation_behavior"]; ok && (n.kind != text || !slices.Contains(behaviors, n.text)) {
		c.fail("validation_behavior", ValueInvalid, "is neither RELAXED nor ENFORCE_RECOMMENDATIONS")
	}
}
