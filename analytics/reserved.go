package analytics

import (
	"regexp"
	"strings"
)

// The lists of names are words with a space on both ends; see listed.

// reservedEvents belong to Google, on any stream; reservedOnWeb exist on app
// streams only.
const (
	reservedEvents = " ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_clear_data" +
		" app_exception app_install app_remove app_store_refund app_update app_upgrade dynamic_link_app_open" +
		" dynamic_link_app_update dynamic_link_first_open error firebase_campaign firebase_in_app_message_action" +
		" firebase_in_app_message_dismiss firebase_in_app_message_impression first_open first_visit" +
		" notification_dismiss notification_foreground notification_open notification_receive notification_send" +
		" os_update session_start user_engagement "
	reservedOnWeb      = " ad_impression in_app_purchase screen_view "
	reservedParams     = " firebase_conversion "
	reservedProperties = " first_open_time first_visit_time last_deep_link_referrer user_id first_open_after_install "
)

var (
	reservedParamPrefixes    = []string{"_", "firebase_", "ga_", "google_", "gtag."}
	reservedPropertyPrefixes = []string{"_", "firebase_", "ga_", "google_"}

	namePattern        = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)
	foreignNamePattern = regexp.MustCompile(`^\p{L}[\p{L}\p{M}\p{N}_]*$`)
)

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// paramName checks the name of a parameter of an event or item. Reserved names
// come first: some of them break the charset too.
func (c *checker) paramName(path, name string) bool {
	switch {
	case listed(reservedParams, name) || hasPrefix(name, reservedParamPrefixes):
		c.fail(path, NameReserved, "is reserved for Google")
	case !namePattern.MatchString(name):
		c.fail(path, NameInvalid, "is not made of a letter, then letters, digits and underscores")
	case len(name) > maxName:
		c.fail(path, NameInvalid, "has a name of %d characters, %d is the most", len(name), maxName)
	default:
		return true
	}
	return false
}

// eventName checks the name of an event.
func (c *checker) eventName(path string, n node, given bool) {
	switch {
	case !given || n.empty():
		c.fail(path, ValueRequired, "is empty")
	case n.kind != text:
		c.fail(path, ValueInvalid, "is not a string")
	case listed(reservedEvents, n.text), !c.rules.App && listed(reservedOnWeb, n.text):
		c.fail(path, NameReserved, "is reserved for Google")
	case n.runes() > maxName:
		c.fail(path, NameInvalid, "has %d characters, %d is the most", n.runes(), maxName)
	case namePattern.MatchString(n.text):
	case foreignNamePattern.MatchString(n.text):
		c.warn(path, NameInvalid, "has letters outside a to z, on which Google's pages disagree")
	default:
		c.fail(path, NameInvalid, "is not made of a letter, then letters, digits and underscores")
	}
}
