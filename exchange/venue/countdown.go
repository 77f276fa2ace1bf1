package venue

import (
	"strconv"
	"time"
)

// countdownCancelAll starts the time after which all orders of an instrument are cancelled
// anew; 0 stops it. Conditional orders are among them.
func countdownCancelAll(c *call) (any, *refusal) {
	b, ms := c.symbol(), c.integer("countdownTime", 0)
	if c.need("countdownTime"); c.bad == nil && ms < 0 {
		c.reject(errData("countdownTime"))
	}
	if c.bad != nil {
		return nil, c.bad
	}
	f, v := c.side.futures, c.venue
	v.stop(f.countdowns[b.ID])
	delete(f.countdowns, b.ID)
	if ms > 0 {
		f.countdowns[b.ID] = v.after(time.Duration(min(ms, 1e12))*time.Millisecond, func() {
			delete(f.countdowns, b.ID)
			c.side.cancelOpen(b)
			f.cancelAlgos(b)
		})
	}
	return struct {
		Symbol string `json:"symbol"`
		Time   string `json:"countdownTime"`
	}{b.Symbol, strconv.FormatInt(ms, 10)}, nil
}
