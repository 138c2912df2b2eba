package analytics

import "maps"

// Item is something sold; ID or Name is needed.
type Item struct {
	ID, Name, Brand, Category, Variant, Coupon string

	Price, Discount float64
	Quantity        int
	// Extra are further parameters, your own or Google's: "item_category2".
	Extra Params
}

func (i Item) params() Params {
	p := Params{}
	for name, v := range map[string]string{
		"item_id": i.ID, "item_name": i.Name, "item_brand": i.Brand, "item_category": i.Category,
		"item_variant": i.Variant, "coupon": i.Coupon,
	} {
		if v != "" {
			p[name] = v
		}
	}
	for name, v := range map[string]float64{"price": i.Price, "discount": i.Discount, "quantity": float64(i.Quantity)} {
		if v != 0 {
			p[name] = v
		}
	}
	maps.Copy(p, i.Extra)
	return p
}

// Purchase says that something was sold. On web streams Google counts one
// purchase per TransactionID: never leave it empty, never share it between
// people.
type Purchase struct {
	TransactionID string
	Value         float64
	Currency      string
	Tax, Shipping float64
	Coupon        string
	Items         []Item
}

// Event returns purchase.
func (s Purchase) Event() Event { return s.event("purchase") }

// Refund says that a purchase was given back, whole when Items is empty.
type Refund Purchase

// Event returns refund.
func (s Refund) Event() Event { return Purchase(s).event("refund") }

func (s Purchase) event(name string) Event {
	p := money(s.Value, s.Currency)
	p["transaction_id"] = s.TransactionID
	if s.Tax != 0 {
		p["tax"] = s.Tax
	}
	if s.Shipping != 0 {
		p["shipping"] = s.Shipping
	}
	if s.Coupon != "" {
		p["coupon"] = s.Coupon
	}
	if len(s.Items) > 0 {
		items := make([]Params, len(s.Items))
		for i, item := range s.Items {
			items[i] = item.params()
		}
		p["items"] = items
	}
	return Event{Name: name, Params: p}
}
