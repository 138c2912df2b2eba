package chatfuel

import "slices"

// Reply is what the bot does after a call: it shows messages, sets attributes
// of the user and goes on with other blocks. The zero value does nothing,
// which Chatfuel allows. Empty parts are left out, never sent as null.
type Reply struct {
	Messages []Message `json:"messages,omitempty"`
	// SetAttributes values are texts, numbers or booleans.
	SetAttributes map[string]any `json:"set_attributes,omitempty"`
	// RedirectToBlocks names blocks of the bot.
	RedirectToBlocks []string `json:"redirect_to_blocks,omitempty"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// Message is a text or an attachment, with quick replies below it. Which kinds
// arrive depends on the channel; in the EEA video and audio may not.
type Message struct {
	Text              string             `json:"text,omitzero"`
	Attachment        *Attachment        `json:"attachment,omitzero"`
	QuickReplies      []QuickReply       `json:"quick_replies,omitempty"`
	QuickReplyOptions *QuickReplyOptions `json:"quick_reply_options,omitzero"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// QuickReply is a choice below a message: it leads to blocks, calls a server
// or sets attributes.
type QuickReply struct {
	Title      string   `json:"title"`
	BlockNames []string `json:"block_names,omitempty"`
	URL        string   `json:"url,omitzero"`
	// Type is "json_plugin_url" when there is a URL.
	Type          string         `json:"type,omitzero"`
	SetAttributes map[string]any `json:"set_attributes,omitempty"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// QuickReplyOptions say what happens when the user types instead of choosing.
type QuickReplyOptions struct {
	// ProcessTextByAI lets the bot's rules read the text.
	ProcessTextByAI bool `json:"process_text_by_ai"`
	// TextAttributeName is the attribute that receives the text.
	TextAttributeName string `json:"text_attribute_name,omitzero"`
}

// Text returns a text message.
func Text(text string) Message { return Message{Text: text} }

// WithQuickReplies returns the message with choices added below it.
func (m Message) WithQuickReplies(choices ...QuickReply) Message {
	m.QuickReplies = append(slices.Clip(m.QuickReplies), choices...)
	return m
}

// QuickBlock returns a choice that leads to blocks.
func QuickBlock(title string, blocks ...string) QuickReply {
	return QuickReply{Title: title, BlockNames: blocks}
}

// QuickCall returns a choice that calls a server, which answers with a Reply.
func QuickCall(title, url string) QuickReply {
	return QuickReply{Title: title, URL: url, Type: string(ButtonCallServer)}
}

// QuickSet returns a choice that sets attributes.
func QuickSet(title string, attributes map[string]any) QuickReply {
	return QuickReply{Title: title, SetAttributes: attributes}
}

// MarshalJSON encodes the reply with its extra fields.
func (r Reply) MarshalJSON() ([]byte, error) {
	type plain Reply
	return encode(plain(r), r.Extra)
}

// UnmarshalJSON decodes a reply; unknown fields become extra fields.
func (r *Reply) UnmarshalJSON(b []byte) (err error) {
	type plain Reply
	r.Extra, err = decode(b, (*plain)(r))
	return err
}

// MarshalJSON encodes the message with its extra fields.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	return encode(plain(m), m.Extra)
}

// UnmarshalJSON decodes a message; unknown fields become extra fields.
func (m *Message) UnmarshalJSON(b []byte) (err error) {
	type plain Message
	m.Extra, err = decode(b, (*plain)(m))
	return err
}

// MarshalJSON encodes the choice with its extra fields.
func (q QuickReply) MarshalJSON() ([]byte, error) {
	type plain QuickReply
	return encode(plain(q), q.Extra)
}

// UnmarshalJSON decodes a choice; unknown fields become extra fields.
func (q *QuickReply) UnmarshalJSON(b []byte) (err error) {
	type plain QuickReply
	q.Extra, err = decode(b, (*plain)(q))
	return err
}
