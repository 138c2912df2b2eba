package chatfuel

// Attachment is a medium or a template.
type Attachment struct {
	// Type is "image", "video", "audio", "file" or "template".
	Type    string  `json:"type"`
	Payload Payload `json:"payload"`
}

// Payload is the content of an attachment. Use the functions that build
// messages, which fill in what belongs together.
type Payload struct {
	// URL is where a medium lies: JPG, PNG, GIF; MP4; MP3, OGG, WAV; up to 25 MB.
	URL string `json:"url,omitzero"`
	// TemplateType is "generic" (a gallery), "button" (a text card) or "media".
	TemplateType string `json:"template_type,omitzero"`
	// ImageAspectRatio is "square" or "horizontal", for galleries.
	ImageAspectRatio string    `json:"image_aspect_ratio,omitzero"`
	Text             string    `json:"text,omitzero"`
	Elements         []Element `json:"elements,omitempty"`
	Buttons          []Button  `json:"buttons,omitempty"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// Element is a card of a gallery, or the post of a media template.
type Element struct {
	Title    string `json:"title,omitzero"`
	ImageURL string `json:"image_url,omitzero"`
	Subtitle string `json:"subtitle,omitzero"`
	// MediaType is "image" or "video", URL a Facebook post: media templates only.
	MediaType string   `json:"media_type,omitzero"`
	URL       string   `json:"url,omitzero"`
	Buttons   []Button `json:"buttons,omitempty"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// Image returns a picture: JPG, PNG or GIF.
func Image(url string) Message { return media("image", url) }

// Video returns a film: MP4, up to 25 MB.
func Video(url string) Message { return media("video", url) }

// Audio returns a sound: MP3, OGG or WAV, up to 25 MB.
func Audio(url string) Message { return media("audio", url) }

// File returns a file to download.
func File(url string) Message { return media("file", url) }

func media(kind, url string) Message {
	return Message{Attachment: &Attachment{Type: kind, Payload: Payload{URL: url}}}
}

// Gallery returns cards side by side, at most ten.
func Gallery(cards ...Element) Message {
	return template(Payload{TemplateType: "generic", ImageAspectRatio: "square", Elements: cards})
}

// TextCard returns a text with up to three buttons.
func TextCard(text string, buttons ...Button) Message {
	return template(Payload{TemplateType: "button", Text: text, Buttons: buttons})
}

// FacebookPost returns a picture or film ("image", "video") that was posted on
// Facebook, with buttons.
func FacebookPost(mediaType, postURL string, buttons ...Button) Message {
	return template(Payload{TemplateType: "media", Elements: []Element{{MediaType: mediaType, URL: postURL, Buttons: buttons}}})
}

func template(p Payload) Message {
	return Message{Attachment: &Attachment{Type: "template", Payload: p}}
}

// MarshalJSON encodes the payload with its extra fields.
func (p Payload) MarshalJSON() ([]byte, error) {
	type plain Payload
	return encode(plain(p), p.Extra)
}

// UnmarshalJSON decodes a payload; unknown fields become extra fields.
func (p *Payload) UnmarshalJSON(b []byte) (err error) {
	type plain Payload
	p.Extra, err = decode(b, (*plain)(p))
	return err
}

// MarshalJSON encodes the element with its extra fields.
func (e Element) MarshalJSON() ([]byte, error) {
	type plain Element
	return encode(plain(e), e.Extra)
}

// UnmarshalJSON decodes an element; unknown fields become extra fields.
func (e *Element) UnmarshalJSON(b []byte) (err error) {
	type plain Element
	e.Extra, err = decode(b, (*plain)(e))
	return err
}
