package http

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// question is what is asked about one asset, or all of them, page by page.
type question struct {
	*signals.Query
	asset  market.Subject    // "" is all
	since  market.Time       // where rows of interest begin
	values map[string]string // of the places
	page   int
	next   *url.URL // of the page, where the last answer named it
}

func (p *puller) question(asset market.Subject, q *signals.Query) *question {
	at := &question{Query: q, asset: asset, since: q.From, values: map[string]string{}, page: p.FirstPage}
	now := market.TimeOf(p.env.Now())
	until := q.To
	if until == 0 {
		until = now
	}
	if at.since == 0 {
		at.since = max(now-market.Time(p.Back), 1)
	}
	for name, secret := range p.Secrets {
		at.values[name] = secret.Reveal()
	}
	at.values["subject"] = p.Subjects[asset]
	at.values["from"], at.values["to"] = p.rangeText(at.since, false), p.rangeText(until, true)
	return at
}

var units = map[string]market.Time{"s": market.Time(time.Second), "ms": market.Time(time.Millisecond), "us": market.Time(time.Microsecond), "ns": 1}

// checkRange checks how {from} and {to} are written.
func (p *puller) checkRange() error {
	if units[p.Range] != 0 || p.Range == "rfc3339" {
		return nil
	}
	day := time.Date(2017, time.November, 22, 0, 0, 0, 0, time.UTC)
	if back, err := time.Parse(p.Range, day.Format(p.Range)); err != nil || !back.Equal(day) {
		return fmt.Errorf("range = %q is neither rfc3339, s, ms, us or ns, nor a layout with a year, a month and a day, such as 2006-01-02", p.Range)
	}
	return nil
}

// rangeText writes a bound: the beginning rounded down, the end up.
func (p *puller) rangeText(t market.Time, up bool) string {
	layout := p.Range
	if unit := units[layout]; unit != 0 {
		if up {
			t += unit - 1
		}
		return strconv.FormatInt(int64(t/unit), 10)
	}
	if layout == "rfc3339" {
		layout = time.RFC3339Nano
	}
	text := t.UTC().Format(layout)
	if back, err := time.Parse(layout, text); up && err == nil && market.TimeOf(back) < t {
		text = t.NextDay().UTC().Format(layout) // it writes no time of day, or not all of it
	}
	return text
}

// address returns where the next page is.
func (p *puller) address(q *question) (*url.URL, error) {
	if q.next != nil {
		return q.next, nil
	}
	q.values["page"] = strconv.Itoa(q.page)
	u, err := url.Parse(p.path.fill(q.values, url.PathEscape))
	if err != nil {
		return nil, fmt.Errorf("url is no address once it is filled")
	}
	u.RawQuery = strings.TrimPrefix(p.tail.fill(q.values, url.QueryEscape)+p.parameters(q, false), "&")
	return u, nil
}

// parameters writes the query that is not part of url: all of it, or what holds keys.
func (p *puller) parameters(q *question, onlySecret bool) string {
	var b strings.Builder
	for _, name := range sorted(p.query) {
		t := p.query[name]
		if onlySecret && !slices.ContainsFunc(t.places, func(place string) bool { return p.Secrets[place].Set() }) {
			continue
		}
		if text := t.fill(q.values, func(s string) string { return s }); text != "" {
			b.WriteString("&" + url.QueryEscape(name) + "=" + url.QueryEscape(text))
		}
	}
	return b.String()
}

// wanted reports whether a row is an answer to the question.
func (q *question) wanted(s *market.Signal) bool {
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, s.Kind)) &&
		(len(q.Subjects) == 0 || slices.Contains(q.Subjects, s.Subject)) &&
		s.Effective >= q.From && (q.To == 0 || s.Effective < q.To)
}
