package tokenmetrics

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// A parameter is one that a query sets, by its documented name.
type parameter struct {
	name   string
	values []string
}

// parametersOf returns what a query sets, in the order of its fields.
func parametersOf(q Query) ([]parameter, error) {
	var list []parameter
	v := reflect.Indirect(reflect.ValueOf(q))
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("param")
		if !ok || v.Field(i).IsZero() {
			continue
		}
		values, err := texts(v.Field(i).Interface())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(values) > 0 {
			list = append(list, parameter{name, values})
		}
	}
	return list, nil
}

// texts formats a parameter's value; a list has one text for each element.
func texts(value any) (list []string, err error) {
	switch x := value.(type) {
	case []int64:
		for _, id := range x {
			if id <= 0 {
				return nil, fmt.Errorf("%d is no id", id)
			}
			list = append(list, strconv.FormatInt(id, 10))
		}
	case []string:
		list = x
	case string:
		list = []string{x}
	case int:
		list = []string{strconv.Itoa(x)}
	case *int:
		list = []string{strconv.Itoa(*x)}
	case int64:
		list = []string{strconv.FormatInt(x, 10)}
	case market.Time:
		list = []string{day(x)}
	case Number:
		list = []string{x.String()}
	}
	var once []string
	for _, s := range list {
		if s == "" || strings.ContainsAny(s, ",\r\n") {
			return nil, fmt.Errorf("%q is empty, or holds a comma or a line break", s)
		}
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once, nil
}

// A question is one call but for its page, which the client counts.
type question struct {
	endpoint *endpoint
	values   url.Values // as they are sent
	window   window
	paged    bool
	limit    int // rows of a page
	most     int // pages wanted; 0: all
	rows     int // that the answer has at most; 0: nobody knows
}

// questions returns what a query asks, by window, oldest first. Nothing is sent.
func (c *Client) questions(q Query) ([][]question, error) {
	e := q.endpoint()
	if !e.offered(c.generation) {
		err := fmt.Errorf("%s is not in %s", e.path, c.generation)
		return nil, &signals.Fault{Kind: signals.ErrGone, Endpoint: e.path, Err: err, Hint: "nothing was sent: choose another generation, or another endpoint"}
	}
	p, err := c.checked(e, q)
	if err != nil {
		return nil, &signals.Fault{Kind: signals.ErrRefused, Endpoint: e.path, Err: err, Hint: "nothing was sent: correct the query"}
	}
	var list [][]question
	for _, w := range p.windows(e) {
		list = append(list, c.batches(e, p, w))
	}
	return list, nil
}

// A prepared query has been checked.
type prepared struct {
	parameters []parameter
	start, end market.Time
	limit      int
	fits       bool // windows and batches are made so that their rows fit one page
	most       int
}

func (p *prepared) windows(e *endpoint) []window {
	if p.start == 0 {
		return []window{{}}
	}
	most := longestWindow
	if p.fits && e.rows > 0 {
		most = min(most, max(1, (p.limit-1)/e.rows))
	}
	return windows(p.start, p.end, most)
}

// checked returns a query whose parameters the generation knows, with a last day where
// there is a first one.
func (c *Client) checked(e *endpoint, q Query) (*prepared, error) {
	list, err := parametersOf(q)
	if err != nil {
		return nil, err
	}
	known := e.parameters(c.generation)
	p := &prepared{parameters: list, limit: c.settings.PageSize, fits: true}
	v := reflect.Indirect(reflect.ValueOf(q))
	if f := v.FieldByName("Pages"); f.IsValid() {
		p.most = int(f.Int())
	}
	for _, x := range list {
		if !slices.Contains(known, x.name) {
			return nil, fmt.Errorf("%s does not take %s in %s: it takes %s", e.path, x.name, c.generation, strings.Join(known, ", "))
		}
		if x.name == e.limitName() {
			p.limit, _ = strconv.Atoi(x.values[0])
			p.fits = false
		}
	}
	if p.limit < 1 || p.limit > c.settings.PageSize || p.most < 0 {
		return nil, fmt.Errorf("limit %d is not from 1 to %d, or the pages are negative", p.limit, c.settings.PageSize)
	}
	return p, errors.Join(p.needs(e), c.days(v, p))
}

// needs checks that what the endpoint requires is there.
func (p *prepared) needs(e *endpoint) error {
	for _, need := range strings.Fields(e.needs) {
		names := strings.Split(need, "|")
		if !slices.ContainsFunc(p.parameters, func(x parameter) bool { return slices.Contains(names, x.name) }) {
			return fmt.Errorf("%s needs %s", e.path, strings.Join(names, " or "))
		}
	}
	return nil
}

// latestDay is the last that may be asked for.
var latestDay = market.TimeOf(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))

// days finds the days of a query.
func (c *Client) days(v reflect.Value, p *prepared) error {
	start, end := v.FieldByName("Start"), v.FieldByName("End")
	if !start.IsValid() {
		return nil
	}
	p.start, p.end = market.Time(start.Int()), market.Time(end.Int())
	if p.start == 0 && p.end != 0 {
		return errors.New("a last day needs a first one")
	}
	if p.start != 0 && p.end == 0 {
		p.end = market.TimeOf(c.now())
	}
	if p.start > p.end || p.start < 0 || p.end > latestDay {
		return fmt.Errorf("from %s to %s are no days that can be asked for", day(p.start), day(p.end))
	}
	return nil
}

// batches returns the questions of one window: one for each batch of ids. As many ids go
// into one as fit a page that is not full, which costs no more calls, and does without the
// paging of the API, which is known to fail.
func (c *Client) batches(e *endpoint, p *prepared, w window) []question {
	base, ids := c.base(e, p, w)
	known := e.parameters(c.generation)
	rows := perID(known, e, w)
	if ids == nil {
		if !slices.Contains(known, "token_id") {
			base.rows = rows
		}
		return []question{base}
	}
	most := c.idsOf(base)
	if p.fits && base.paged && rows > 0 {
		most = min(most, max(1, (p.limit-1)/rows))
	}
	var list []question
	for batch := range slices.Chunk(ids.values, most) {
		x := base
		x.values = maps.Clone(base.values)
		x.values.Set(c.name(ids.name), strings.Join(batch, ","))
		if ids.name == "token_id" || ids.name == "slug" { // others may mean several tokens
			x.rows = rows * len(batch)
		}
		list = append(list, x)
	}
	return list
}

// base returns a question with all that its batches have in common, and the parameter that
// is split into batches, if there is one.
func (c *Client) base(e *endpoint, p *prepared, w window) (question, *parameter) {
	q := question{endpoint: e, values: url.Values{}, window: w, limit: p.limit, most: p.most}
	var ids *parameter
	for i, x := range p.parameters {
		if ids == nil && slices.Contains([]string{"token_id", "symbol", "token_name", "slug"}, x.name) {
			ids = &p.parameters[i]
			continue
		}
		q.values.Set(c.name(x.name), strings.Join(x.values, ","))
	}
	if w != (window{}) {
		q.values.Set(c.name("startDate"), day(w.start))
		q.values.Set(c.name("endDate"), day(w.end))
	}
	if known := e.parameters(c.generation); slices.Contains(known, "page") {
		q.paged = true
		q.values.Set(c.name(e.limitName()), strconv.Itoa(p.limit))
	}
	return q, ids
}

// perID returns how many rows an id has at most in a window; 0 where nobody knows, as of
// a history without days.
func perID(known []string, e *endpoint, w window) int {
	if !slices.Contains(known, "startDate") {
		return e.rows
	}
	return e.rows * w.days()
}

// idsOf returns how many ids may go into one call. An answer without pages may have as few
// rows as the API gives where no limit is sent.
func (c *Client) idsOf(q question) int {
	switch {
	case c.maxIDs > 0:
		return c.maxIDs
	case q.paged:
		return 100
	}
	return 50
}

// name returns how a parameter is sent.
func (c *Client) name(documented string) string {
	if sent, ok := c.settings.Names[documented]; ok {
		return sent
	}
	return documented
}
