package analytics

// items checks the list of items of an event.
func (e *eventCheck) items(path string, n node) bool {
	if n.kind != array {
		e.fail(path, ValueInvalid, "is not an array")
		return false
	}
	limit := e.rules.MaxItems
	if limit == 0 {
		limit = maxItems
	}
	if limit > 0 && len(n.items) > limit {
		e.fail(path, ExceededMaxEntities, "has %d entries, %d is the most", len(n.items), limit)
	}
	for i, item := range n.items {
		e.item(index(path, i), item)
	}
	return true
}

func (e *eventCheck) item(path string, n node) {
	values, ok := e.members(path, n)
	if !ok {
		return
	}
	custom, broken := 0, map[string]bool{}
	for _, f := range n.fields {
		at, want := join(path, f.name), itemType(f.name)
		if want == null {
			custom++
		}
		sound := e.paramName(at, f.name) && e.value(at, f.name, f.value) && e.typed(at, f.name, f.value, want)
		broken[f.name] = !sound
	}
	if values["item_id"].empty() && values["item_name"].empty() && !broken["item_id"] && !broken["item_name"] {
		e.fail(join(path, "item_id"), ValueRequired, "is empty, and so is item_name")
	}
	switch {
	case custom > maxItemParams:
		e.fail(path, ExceededMaxEntities, "has %d parameters of its own, %d is the most", custom, maxItemParams)
	case custom > adviceItemParams:
		e.warn(path, ExceededMaxEntities, "has %d parameters of its own; one of Google's pages says %d", custom, adviceItemParams)
	}
}

const (
	itemNumbers = " discount index price quantity "
	itemTexts   = " item_id item_name affiliation coupon currency item_brand item_category item_category2" +
		" item_category3 item_category4 item_category5 item_list_id item_list_name item_variant location_id" +
		" creative_name creative_slot promotion_id promotion_name "
)

// itemType returns the documented type of an item's parameter, null for none.
func itemType(name string) kind {
	switch {
	case listed(itemNumbers, name):
		return number
	case listed(itemTexts, name):
		return text
	}
	return null
}

// requiredParams are the parameters without which a recommended event is
// refused.
var requiredParams = map[string]string{
	"add_payment_info": "items", "add_shipping_info": "items", "add_to_cart": "items", "add_to_wishlist": "items",
	"begin_checkout": "items", "remove_from_cart": "items", "view_cart": "items", "view_item": "items",
	"view_item_list": "items", "select_item": "items", "view_promotion": "items",
	"purchase": "transaction_id items", "refund": "transaction_id",
	"search": "search_term", "post_score": "score", "unlock_achievement": "achievement_id",
	"spend_virtual_currency": "value virtual_currency_name",
}

const (
	// virtualMoney events have a value without a currency.
	virtualMoney = " earn_virtual_currency spend_virtual_currency "
	// moneyAdvised events should say what they are worth.
	moneyAdvised = " generate_lead qualify_lead disqualify_lead working_lead close_convert_lead" +
		" close_unconvert_lead purchase refund begin_checkout add_to_cart "
	// otherRecommended are recommended events that neither of the lists above
	// nor requiredParams names.
	otherRecommended = " login sign_up share select_content join_group tutorial_begin tutorial_complete" +
		" earn_virtual_currency select_promotion level_start level_end level_up "

	paramNumbers = " value shipping tax level score "
	paramTexts   = " currency transaction_id coupon affiliation method search_term content_type content_id item_id" +
		" group_id virtual_currency_name item_name item_list_id item_list_name payment_type shipping_tier" +
		" creative_name creative_slot promotion_id promotion_name achievement_id lead_source lead_status" +
		" disqualified_lead_reason unconvert_lead_reason "
)

// typeOf returns the documented type of the event's parameter, null for none.
// Custom events name their parameters as they like, but for money.
func (e *eventCheck) typeOf(name string) kind {
	_, recommended := requiredParams[e.name]
	recommended = recommended || listed(moneyAdvised, e.name) || listed(otherRecommended, e.name)
	switch {
	case !recommended && name != "value" && name != "currency":
		return null
	case listed(paramNumbers, name):
		return number
	case listed(paramTexts, name):
		return text
	}
	return null
}
