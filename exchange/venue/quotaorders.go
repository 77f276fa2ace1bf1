package venue

import (
	"fmt"
	"net/http"
	"strconv"
)

// orderLimit is one limit of the account's orders.
type orderLimit struct {
	interval string // SECOND, MINUTE or DAY
	number   int    // of them
	header   string
	limit    int
}

// orderLimitsOf returns the limits of a market, as quota.orders counts them.
func (q *quota) orderLimitsOf(usdm bool) [2]orderLimit {
	l := &q.venue.o.Limits
	if usdm {
		return [2]orderLimit{{"SECOND", 10, "X-Mbx-Order-Count-10s", l.USDMOrders10s}, {"MINUTE", 1, "X-Mbx-Order-Count-1m", l.USDMOrdersMinute}}
	}
	return [2]orderLimit{{"SECOND", 10, "X-Mbx-Order-Count-10s", l.Orders10s}, {"DAY", 1, "X-Mbx-Order-Count-1d", l.OrdersDay}}
}

func index(usdm bool) int {
	if usdm {
		return 1
	}
	return 0
}

// orderRoom refuses orders of which the account has sent too many.
func (q *quota) orderRoom(c *call, n int) *refusal {
	usdm, now := c.endpoint.usdm, q.venue.clock.now
	for i, l := range q.orderLimitsOf(usdm) {
		w := &q.orders[index(usdm)][i]
		if *w.at(now)+n > l.limit {
			return &refusal{http: http.StatusTooManyRequests, code: -1015, wait: w.left(now),
				msg: fmt.Sprintf("Too many new orders; current limit is %d orders per %d %s.", l.limit, l.number, l.interval)}
		}
	}
	return nil
}

// ordered counts orders that were taken, and writes the headers that say so.
func (q *quota) ordered(c *call, n int) {
	usdm, now := c.endpoint.usdm, q.venue.clock.now
	for i, l := range q.orderLimitsOf(usdm) {
		count := q.orders[index(usdm)][i].at(now)
		*count += n
		c.header[l.header] = []string{strconv.Itoa(*count)}
	}
}

// filled gives back what an order's first fill is worth on spot: one where it took, and more
// where it was maker.
func (q *quota) filled(maker bool) {
	back := 1
	if maker {
		back = 5
	}
	for i := range q.orders[0] {
		count := q.orders[0][i].at(q.venue.clock.now)
		*count = max(*count-back, 0)
	}
}

// usage is one limit and how much of it is used, as answers over the websocket API and
// rateLimit/order tell it.
type usage struct {
	Type     string `json:"rateLimitType"`
	Interval string `json:"interval"`
	Number   int    `json:"intervalNum"`
	Limit    int    `json:"limit"`
	Count    int    `json:"count"`
}

// orderCounts returns the order limits of a market and how much of them is used.
func (q *quota) orderCounts(usdm bool) []usage {
	list := []usage{}
	for i, l := range q.orderLimitsOf(usdm) {
		list = append(list, usage{"ORDERS", l.interval, l.number, l.limit, *q.orders[index(usdm)][i].at(q.venue.clock.now)})
	}
	return list
}

// weights returns the weight limit of a market and how much of it an address has used.
func (q *quota) weights(from string, usdm bool) usage {
	return usage{"REQUEST_WEIGHT", "MINUTE", 1, q.limit(usdm), *q.of(from, usdm).weight.at(q.venue.clock.now)}
}
