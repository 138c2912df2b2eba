package chatfuel

// ButtonType says what a button does.
type ButtonType string

// The types of buttons. The vendor withdrew "element_share" in 2019.
const (
	ButtonShowBlock  ButtonType = "show_block"
	ButtonOpenURL    ButtonType = "web_url"
	ButtonCallServer ButtonType = "json_plugin_url"
	ButtonPhone      ButtonType = "phone_number"
)

// Button belongs to a card; a card has at most three.
type Button struct {
	Type  ButtonType `json:"type"`
	Title string     `json:"title"`
	// BlockName is the block to show, BlockNames several of them.
	BlockName  string   `json:"block_name,omitzero"`
	BlockNames []string `json:"block_names,omitempty"`
	URL        string   `json:"url,omitzero"`
	// PhoneNumber is in international form: +48600100200.
	PhoneNumber string `json:"phone_number,omitzero"`
	// MessengerExtensions and WebviewHeightRatio ("tall", "full", "compact")
	// say how a page opens.
	MessengerExtensions bool   `json:"messenger_extensions,omitzero"`
	WebviewHeightRatio  string `json:"webview_height_ratio,omitzero"`
	// SetAttributes are set when the button is pressed.
	SetAttributes map[string]any `json:"set_attributes,omitempty"`
	// Extra adds fields that have no name here; they win over those that do.
	Extra map[string]any `json:"-"`
}

// BlockButton returns a button that shows a block, or several.
func BlockButton(title string, blocks ...string) Button {
	b := Button{Type: ButtonShowBlock, Title: title, BlockNames: blocks}
	if len(blocks) == 1 {
		b.BlockName, b.BlockNames = blocks[0], nil
	}
	return b
}

// LinkButton returns a button that opens a page.
func LinkButton(title, url string) Button {
	return Button{Type: ButtonOpenURL, Title: title, URL: url}
}

// CallButton returns a button that calls a server, which answers with a Reply.
func CallButton(title, url string) Button {
	return Button{Type: ButtonCallServer, Title: title, URL: url}
}

// PhoneButton returns a button that dials a number in international form.
func PhoneButton(title, number string) Button {
	return Button{Type: ButtonPhone, Title: title, PhoneNumber: number}
}

// MarshalJSON encodes the button with its extra fields.
func (b Button) MarshalJSON() ([]byte, error) {
	type plain Button
	return encode(plain(b), b.Extra)
}

// UnmarshalJSON decodes a button; unknown fields become extra fields.
func (b *Button) UnmarshalJSON(data []byte) (err error) {
	type plain Button
	b.Extra, err = decode(data, (*plain)(b))
	return err
}
