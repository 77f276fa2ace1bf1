package tokenmetrics

import "github.com/signalman-trading/signalman/signals"

// Calls returns how many calls a query costs where nothing fails: batches of ids × windows
// of days × pages. It sends nothing. Where nobody knows how many rows there are (a history
// without days, all tokens) it counts a query's Pages, or one page. Errors are those of
// asking.
func (c *Client) Calls(q Query) (signals.Request, error) {
	r := signals.Request{Endpoint: q.endpoint().path}
	all, err := c.questions(q)
	for _, window := range all {
		for _, x := range window {
			r.Calls += x.pages()
		}
	}
	return r, err
}

// pages estimates the pages of an answer.
func (q *question) pages() int {
	switch {
	case !q.paged:
		return 1
	case q.rows == 0:
		return max(1, q.most)
	}
	n := q.rows/q.limit + 1
	if q.most > 0 {
		n = min(n, q.most)
	}
	return n
}
