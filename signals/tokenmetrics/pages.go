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

	about   []decoded // of each row
	partial bool      // some of the answer is missing or cannot be read
	more    bool      // there may be a page after it, which is not asked for
}

// A walk goes through the pages of a query.
type walk[T any] struct {
	c      *Client
	seen   map[string]seenRow
	left   left // what is left out
	sheets int  // so far
}

// A seenRow is one that came before.
type seenRow struct {
	sum  uint64 // of its bytes
	page int    // a number of its own
}

// pages asks a query. It yields the pages of each window, oldest first, when the window is
// complete or has failed; after an error it yields no more. Bad rows are such an error after
// all others were read.
func pages[T any](ctx context.Context, c *Client, q Query) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		all, err := c.questions(q)
		w := walk[T]{c: c, seen: map[string]seenRow{}}
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
		if err = errors.Join(err, w.left.fault(q.endpoint())); err != nil {
			yield(Page[T]{}, alone(err))
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

// question asks for the pages of one question until one is short, and no shorter than the
// API may make it by itself.
func (w *walk[T]) question(ctx context.Context, q question) ([]*sheet[T], error) {
	var got []*sheet[T]
	total := 0
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
			total += s.came
			s.page.more = q.paged && (s.came >= q.limit || w.capped(s, q, total))
			w.counted(s, q)
		}
		if err != nil || !s.page.more || n+1 == q.most {
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
	says  *int   // how many rows it says it has
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
	s := &sheet[T]{came: len(a.rows), says: a.length}
	s.page = Page[T]{Raw: a.raw, Received: a.received, Start: q.window.start, End: q.window.end, Number: page, Synthetic: a.synthetic, Extra: a.extra}
	w.rows(s, a, q)
	s.page.Warnings = a.warnings.texts()
	if a.fault != nil && len(a.rows) == 0 {
		return nil, a.fault
	}
	if a.fault != nil {
		s.page.partial, s.says = true, nil
	}
	return s, a.fault
}

// capped reports whether as many rows came as the API gives where no limit is sent, or at
// most, though more were asked for and could be: 50 or 100, or 10 bars.
func (w *walk[T]) capped(s *sheet[T], q question, total int) bool {
	n := s.came
	usual := n == 50 || n == 100 || n == 10 && strings.HasSuffix(q.endpoint.path, "ohlcv")
	if !usual || n >= q.limit || q.rows != 0 && q.rows <= total {
		return false
	}
	s.page.Warnings = append(s.page.Warnings, fmt.Sprintf(
		"%d rows are a default of the API, where up to %d were asked for: the next page is asked for; with a page size of %d it is planned", n, q.limit, n))
	return true
}

// counted compares the rows of a page with how many it says it has.
func (w *walk[T]) counted(s *sheet[T], q question) {
	switch {
	case s.says == nil || *s.says == s.came:
	case *s.says > s.came && !s.page.more:
		s.page.partial = true
		w.left.add(fmt.Errorf("it says %d rows where %d came", *s.says, s.came))
	default:
		s.page.Warnings = append(s.page.Warnings, fmt.Sprintf("length: says %d rows where %d came", *s.says, s.came))
	}
}

// rows decodes the rows of an answer, but for those that are bad, and sorts them.
func (w *walk[T]) rows(s *sheet[T], a *answer, q question) {
	d := decoder{warnings: a.warnings, lenient: w.c.lenient}
	w.sheets++
	var far []decoded
	for i, raw := range a.rows {
		d.row = i + 1
		row, info, err := decodeRow[T](&d, raw)
		if err != nil {
			s.page.partial = true
			w.left.add(fmt.Errorf("row %d: %w; it begins %.*q", d.row, err, mostOfRow, raw))
			continue
		}
		if s.first == "" {
			s.first = info.key
		}
		if !q.window.holds(info.at) {
			d.warnings.add(d.row, "", errors.New("is not of the days asked for"))
		}
		if w.again(&d, info.key, raw) {
			s.page.Repeated++
			continue
		}
		if !q.window.near(info.at) {
			far = append(far, info)
		}
		s.rows = append(s.rows, keyed[T]{info, row})
	}
	if len(far) > 0 {
		s.page.partial = true
		w.left.add(fmt.Errorf("row %d%s: it is of another day than those asked for, %s to %s: the provider ignores them, or calls them otherwise",
			far[0].place, andMore(len(far)-1), day(q.window.start), day(q.window.end)))
	}
	a.warnings = d.warnings
	slices.SortStableFunc(s.rows, func(x, y keyed[T]) int { return cmp.Compare(x.at, y.at) })
	s.page.Rows, s.page.about = make([]T, len(s.rows)), make([]decoded, len(s.rows))
	for i := range s.rows {
		s.page.Rows[i], s.page.about[i] = s.rows[i].row, s.rows[i].decoded
	}
}

// mostOfRow is how much of a bad row is told, in bytes.
const mostOfRow = 100

// again reports whether a row came before, and notes it. A lenient reader is given those of
// one page that differ, and decides.
func (w *walk[T]) again(d *decoder, key string, raw []byte) bool {
	h := fnv.New64a()
	h.Write(raw)
	sum := h.Sum64()
	old, ok := w.seen[key]
	switch {
	case !ok:
		w.seen[key] = seenRow{sum, w.sheets}
	case old.sum == sum:
	case w.c.lenient && old.page == w.sheets:
		return false
	default:
		if w.c.lenient {
			w.left.add(fmt.Errorf("row %d: it differs from one of the same key on a page before it, which counts", d.row))
		}
		d.warnings.add(d.row, "", errors.New("differs from one of the same key that came before, which counts"))
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
