package tokenmetrics

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A Page is one answer.
type Page[T any] struct {
	Rows       []T                        // oldest first where they have a time; without those that came before
	Raw        []byte                     // the answer as it came, unzipped, without the key
	Received   market.Time                // when it came: what rows without a time are about
	Start, End market.Time                // the days asked for, both included; 0: none
	Number     int                        // the page's, as it was sent; of an answer without pages the first
	Repeated   int                        // rows left out since they came before
	Synthetic  bool                       // the answer is of a stand-in, which makes it up
	Warnings   []string                   // what could not be read, and what looks wrong
	Extra      map[string]json.RawMessage // fields of the envelope that are not documented
}

// A walk goes through the pages of a query.
type walk[T any] struct {
	c    *Client
	seen map[string]uint64 // row key: a hash of the row
}

// pages asks a query. It yields the pages of each window, oldest first, when the window is
// complete or has failed; after an error it yields no more.
func pages[T any](ctx context.Context, c *Client, q Query) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		all, err := c.questions(q)
		w := walk[T]{c, map[string]uint64{}}
		for i := 0; i < len(all) && err == nil; i++ {
			var got []*sheet[T]
			got, err = w.window(ctx, all[i])
			slices.SortStableFunc(got, func(a, b *sheet[T]) int { return cmp.Compare(a.oldest(), b.oldest()) })
			for _, s := range got {
				if !yield(s.page, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(Page[T]{}, err)
		}
	}
}

// window asks the questions of one window. After an error it returns what came before.
func (w *walk[T]) window(ctx context.Context, questions []question) ([]*sheet[T], error) {
	var all []*sheet[T]
	for _, q := range questions {
		got, err := w.question(ctx, q)
		if all = append(all, got...); err != nil {
			return all, err
		}
	}
	return all, nil
}

// question asks for the pages of one question until one is short.
func (w *walk[T]) question(ctx context.Context, q question) ([]*sheet[T], error) {
	var got []*sheet[T]
	for n := 0; ; n++ {
		if n == w.c.maxPages {
			return got, w.broken(q, fmt.Errorf("it has more than %d pages", n), "ask for fewer days or tokens, or set Pages")
		}
		page := w.c.settings.FirstPage + n
		s, err := w.sheet(ctx, q, page)
		if err == nil && n > 0 && s.repeats(got) {
			return got, w.broken(q, fmt.Errorf("page %d repeats a page before it", page), "the provider ignores the page: ask for fewer days or tokens")
		}
		if s != nil {
			got = append(got, s)
		}
		if err != nil || !q.paged || s.came < q.limit || n+1 == q.most {
			return got, err
		}
	}
}

func (w *walk[T]) broken(q question, err error, hint string) error {
	return &signals.Fault{Kind: signals.ErrMalformed, Endpoint: q.endpoint.path, Err: err, Hint: hint}
}

// A sheet is a page with what the walk needs of it.
type sheet[T any] struct {
	page  Page[T]
	rows  []keyed[T]
	first string // the key of the row that came first
	came  int    // rows, with those left out
}

type keyed[T any] struct {
	decoded
	row T
}

// oldest returns the time of the first row that is in the page.
func (s *sheet[T]) oldest() market.Time {
	if len(s.rows) == 0 {
		return 0
	}
	return s.rows[0].at
}

// repeats reports whether the page came before: it begins as another, or has no row that
// is new.
func (s *sheet[T]) repeats(before []*sheet[T]) bool {
	return s.came > 0 && (len(s.rows) == 0 || slices.ContainsFunc(before, func(b *sheet[T]) bool { return b.first == s.first }))
}

// sheet asks for one page. Of an answer with a fault it returns the rows before that too.
func (w *walk[T]) sheet(ctx context.Context, q question, page int) (*sheet[T], error) {
	sent := page
	if !q.paged {
		sent = -1
	}
	a, err := w.c.ask(ctx, q, sent, nil)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	if a.fault == nil && !a.list {
		a.fault = malformed(q.endpoint, 200, errors.New("it has no list of data"), a.raw)
	}
	s := &sheet[T]{came: len(a.rows)}
	s.page = Page[T]{Raw: a.raw, Received: a.received, Start: q.window.start, End: q.window.end, Number: page, Synthetic: a.synthetic, Extra: a.extra}
	w.rows(s, a, q)
	if a.length != nil && *a.length != len(a.rows) && a.fault == nil {
		a.warnings.add(0, "length", fmt.Errorf("says %d rows where %d came", *a.length, len(a.rows)))
	}
	if w.doubtful(q, len(a.rows)) {
		a.warnings.add(0, "", fmt.Errorf("%d rows are a default of the API, where up to %d were asked for: there may be more", len(a.rows), q.limit))
	}
	s.page.Warnings = a.warnings.texts()
	if a.fault != nil && len(a.rows) == 0 {
		return nil, a.fault
	}
	return s, a.fault
}

// doubtful reports whether as many rows came as the API gives where no limit is sent,
// though more were asked for and could be: 50, or 10 bars.
func (w *walk[T]) doubtful(q question, n int) bool {
	usual := n == 50 || n == 10 && strings.HasSuffix(q.endpoint.path, "ohlcv")
	return usual && q.paged && n < q.limit && (q.rows == 0 || q.rows > n)
}

// rows decodes the rows of an answer, up to one that is bad, and sorts them.
func (w *walk[T]) rows(s *sheet[T], a *answer, q question) {
	d := decoder{warnings: a.warnings}
	for i, raw := range a.rows {
		d.row = i + 1
		row, info, err := decodeRow[T](&d, raw)
		if err != nil {
			a.fault = malformed(q.endpoint, 200, fmt.Errorf("row %d: %w", d.row, err), raw)
			break
		}
		if i == 0 {
			s.first = info.key
		}
		if !q.window.holds(info.at) {
			d.warnings.add(d.row, "", errors.New("is not of the days asked for"))
		}
		if w.again(&d, info.key, raw) {
			s.page.Repeated++
			continue
		}
		s.rows = append(s.rows, keyed[T]{info, row})
	}
	a.warnings = d.warnings
	slices.SortStableFunc(s.rows, func(x, y keyed[T]) int { return cmp.Compare(x.at, y.at) })
	s.page.Rows = make([]T, len(s.rows))
	for i := range s.rows {
		s.page.Rows[i] = s.rows[i].row
	}
}

// again reports whether a row came before, and notes it.
func (w *walk[T]) again(d *decoder, key string, raw []byte) bool {
	h := fnv.New64a()
	h.Write(raw)
	sum := h.Sum64()
	old, ok := w.seen[key]
	if ok && old != sum {
		d.warnings.add(d.row, "", errors.New("differs from one of the same key that came before, which counts"))
	}
	if !ok {
		w.seen[key] = sum
	}
	return ok
}

// single asks what has no pages and no rows.
func (c *Client) single(ctx context.Context, q Query, body []byte) (*answer, error) {
	all, err := c.questions(q)
	if err != nil {
		return nil, err
	}
	a, err := c.ask(ctx, all[0][0], -1, body)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	return a, a.fault
}
