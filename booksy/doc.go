// Package booksy makes, moves and cancels appointments, and asks for free
// slots.
//
// The contract it speaks is the one of the user's guide: a bearer key,
// GET /availability and POST /appointments under
// https://api.booksy.com/api/v1. It is not an API that Booksy publishes, and
// no independent evidence was found that the host answers it. Use it with
// middleware that offers this contract, or point [Config.BaseURL],
// [Config.Endpoints] and [Config.Codec] at what you have. The routes for
// moving, cancelling and listing appointments are not in the guide at all;
// the first two have defaults that follow its style, and the third is off
// until it is configured.
//
// The contract has no idempotency key. [Client.Create] is therefore sent again
// only when the request provably never left, or was refused by the rate limit.
// After any other doubt it either reads the appointment back, where a List
// endpoint is configured, or reports an error that matches
// [github.com/centrala-go/centrala/transport.ErrOutcomeUnknown]. What a killed
// process left behind is settled by [CreateRequest.MaybeSent], or by hand with
// [Client.FindAppointment].
//
// Dates are YYYY-MM-DD and times HH:MM, both local to the business: the
// contract carries no time zone.
package booksy
