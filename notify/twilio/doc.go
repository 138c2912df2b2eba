// Package twilio sends text messages through Twilio's Programmable Messaging,
// API version 2010-04-01.
//
// [Client.SendSMS] takes the neutral notify.SMS, [Client.SendMessage] a request
// with what only Twilio has. Twilio has no idempotency key for messages. When
// nobody can say whether a message was accepted, the client reads it back by
// recipient, text, sender and time before it sends again;
// [Client.FindMessage] does the same for a program that was killed while it
// sent. Messages that cannot be recognised (no text of their own, content or
// address discarded by Twilio) are sent at most once.
package twilio
