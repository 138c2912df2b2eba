// Package chatfuel answers Chatfuel bots and speaks to their users.
//
// Two directions exist. In the JSON API the bot calls a server of yours, by
// GET or POST, and waits ten seconds for a [Reply]: [NewHandler] verifies the
// call, reads its [Attributes], keeps the deadline and always answers. In the
// Broadcasting API [Client.Send] shows a block or flow to one user.
//
// Chatfuel signs nothing. The place for a shared secret is a custom header of
// the JSON API block; package webhook has the verifier, NewStaticToken, which
// compares in constant time and lets secrets rotate.
//
// The shapes come from Chatfuel's articles "JSON API" and "Broadcasting API".
package chatfuel
