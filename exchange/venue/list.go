package venue

import (
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// list is orders that the venue links: one that works and what comes after it, or two that
// exclude each other.
type list struct {
	id      int64 // from 1, in order of arrival
	client  string
	kind    string // OCO or OTO
	book    *book
	orders  []*order
	entry   *order // of OTO: the one that works first
	created market.Time
	updated market.Time
	done    bool // it was told that all of it has ended
}

// bind links an order, which has its id, to those of the list before it.
func (l *list) bind(o *order) {
	o.want.Profile = market.ByVenue
	if l.entry == o {
		return
	}
	o.want.Group = "list " + strconv.FormatInt(l.id, 10)
	if l.entry != nil {
		o.want.Parent = l.entry.want.ID
	}
}

// open reports whether an order of the list works.
func (l *list) open() bool {
	for _, o := range l.orders {
		if !o.ended() {
			return true
		}
	}
	return false
}

// status returns the listStatusType and the listOrderStatus.
func (l *list) status() (kind, status string) {
	if l.open() {
		return "EXEC_STARTED", "EXECUTING"
	}
	return "ALL_DONE", "ALL_DONE"
}

// listOrder names an order of a list.
type listOrder struct {
	Symbol string `json:"symbol"`
	ID     int64  `json:"orderId"`
	Client string `json:"clientOrderId"`
}

// listAnswer is a list in an answer.
type listAnswer struct {
	ID       int64       `json:"orderListId"`
	Kind     string      `json:"contingencyType"`
	Type     string      `json:"listStatusType"`
	Status   string      `json:"listOrderStatus"`
	Client   string      `json:"listClientOrderId"`
	Transact int64       `json:"transactionTime"`
	Symbol   string      `json:"symbol"`
	Orders   []listOrder `json:"orders"`
	Reports  []any       `json:"orderReports,omitempty"`
}

func (l *list) answer() listAnswer {
	a := listAnswer{ID: l.id, Kind: l.kind, Client: l.client, Transact: l.updated.Millis(), Symbol: l.book.Symbol}
	a.Type, a.Status = l.status()
	for _, o := range l.orders {
		a.Orders = append(a.Orders, listOrder{o.book.Symbol, o.id, o.client})
	}
	return a
}

// cancelled is the answer to the cancel of a list.
func (l *list) cancelled() listAnswer {
	a := l.answer()
	for _, o := range l.orders {
		a.Reports = append(a.Reports, o.cancelAnswer())
	}
	return a
}

// cancelAll cancels what works of a list.
func (s *side) cancelAll(l *list, as string) {
	for i := len(l.orders) - 1; i >= 0; i-- { // what waits before what it waits for
		if o := l.orders[i]; !o.ended() {
			s.cancel(o, as)
		}
	}
}

// maxLists is the limit of MAX_NUM_ORDER_LISTS.
const maxLists = 20

// admit applies the rules of lists to one that arrives.
func (s *side) admit(l *list) *refusal {
	working := 0
	for _, other := range s.lists {
		switch {
		case other.done:
		case other.client == l.client:
			return errDuplicate
		case other.book == l.book:
			working++
		}
	}
	if working >= maxLists {
		return errFilter("MAX_NUM_ORDER_LISTS")
	}
	for i, o := range l.orders {
		for _, other := range l.orders[:i] {
			if other.client == o.client {
				return errDuplicate
			}
		}
	}
	return nil
}

// related reports whether the prices of two orders that exclude each other stand on their
// sides of the last one: what takes the profit on one, what protects on the other.
func related(above, below *order) bool {
	last := above.book.lastPrice()
	return last.IsZero() || above.level().GreaterThan(last) && below.level().LessThan(last)
}
