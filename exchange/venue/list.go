//lint:file-ignore U1000 the files of the endpoints use it

package venue

import (
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// list is orders that the venue links: one that works and what comes after it, or two that
// exclude each other.
type list struct {
	id      int64
	client  string
	kind    string // OCO or OTO
	book    *book
	orders  []*order
	entry   *order // of OTO: the one that works first
	status  string // listOrderStatus: EXECUTING, ALL_DONE or REJECT
	updated market.Time
}

// bind links an order, which has its id, to those of the list before it.
func (l *list) bind(o *order) {
	o.want.Profile = market.ByVenue
	if l.entry == nil || o != l.entry {
		o.want.Group = "list " + strconv.FormatInt(l.id, 10)
	}
	if l.entry != nil && o != l.entry {
		o.want.Parent = l.entry.want.ID
	}
}
