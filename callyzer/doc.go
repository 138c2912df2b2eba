// Package callyzer reads calls and employees from Callyzer, which records the
// phone calls of a team, and receives its webhook.
//
// Three things about Callyzer shape this package. It allows one request in two
// seconds for the whole account, so clients of one process should share a
// limiter. A call's date and time carry no zone: they are in the zone of the
// Callyzer account, and [Call.StartedAt] asks for it. And a webhook delivers
// the same call again when its recording or note arrives: [EventKey] depends
// on the content, so that the second delivery is not taken for a repetition.
//
// Facts come from developers.callyzer.co and from public integrations; where
// they disagree the package accepts both.
package callyzer
