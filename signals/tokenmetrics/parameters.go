package tokenmetrics

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

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
	v := reflect.ValueOf(q)
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
	for _, s := range list {
		if s == "" || strings.ContainsAny(s, ",\r\n") {
			return nil, fmt.Errorf("%q is empty, or holds a comma or a line break", s)
		}
	}
	return slices.Compact(slices.Clone(list)), nil
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
	if err == nil && !e.post && reflect.ValueOf(q).Kind() != reflect.Struct {
		err = errors.New("the query is no struct")
	}
	if err != nil {
		return nil, &signals.Fault{Kind: signals.ErrRefused, Endpoint: e.path, Err: err, Hint: "nothing was sent: correct the query"}
	}
	var list [][]question
	for _, w := range p.windows() {
		list = append(list, c.batches(e, p, w))
	}
	return list, nil
}

// A prepared query has been checked.
type prepared struct {
	parameters []parameter
	start, end market.Time
	limit      int
	most       int
}

func (p *prepared) windows() []window {
	if p.start == 0 {
		return []window{{}}
	}
	return windows(p.start, p.end)
}

// checked returns a query whose parameters the generation knows, with a last day where
// there is a first one.
func (c *Client) checked(e *endpoint, q Query) (*prepared, error) {
	list, err := parametersOf(q)
	if err != nil {
		return nil, err
	}
	known := e.parameters(c.generation)
	p := &prepared{limit: c.settings.PageSize}
	if f := reflect.ValueOf(q).FieldByName("Pages"); f.IsValid() {
		p.most = int(f.Int())
	}
	for _, x := range list {
		if !slices.Contains(known, x.name) {
			return nil, fmt.Errorf("%s does not take %s in %s: it takes %s", e.path, x.name, c.generation, strings.Join(known, ", "))
		}
		if x.name == e.limitName() {
			p.limit, _ = strconv.Atoi(x.values[0])
		}
	}
	if err := c.spread(e, q, p); err != nil {
		return nil, err
	}
	for _, need := range strings.Fields(e.needs) {
		if !slices.ContainsFunc(list, func(x parameter) bool { return slices.Contains(strings.Split(need, "|"), x.name) }) {
			return nil, fmt.Errorf("%s needs %s", e.path, strings.ReplaceAll(need, "|", " or "))
		}
	}
	p.parameters = list
	if p.limit < 1 || p.limit > c.settings.PageSize || p.most < 0 {
		return nil, fmt.Errorf("limit %d is not from 1 to %d, or the pages are negative", p.limit, c.settings.PageSize)
	}
	return p, nil
}

// spread finds the days of a query.
func (c *Client) spread(e *endpoint, q Query, p *prepared) error {
	v := reflect.ValueOf(q)
	start, end := v.FieldByName("Start"), v.FieldByName("End")
	if !start.IsValid() {
		return nil
	}
	p.start, p.end = market.Time(start.Int()), market.Time(end.Int())
	if p.start == 0 && p.end != 0 {
		return errors.New("a last day needs a first one")
	}
	if p.end == 0 {
		p.end = market.TimeOf(c.now())
	}
	if p.start > p.end || p.start < 0 {
		return fmt.Errorf("the first day, %s, is after the last, %s", day(p.start), day(p.end))
	}
	return nil
}

// batches returns the questions of one window: one for each batch of ids.
func (c *Client) batches(e *endpoint, p *prepared, w window) []question {
	base := question{endpoint: e, values: url.Values{}, window: w, limit: p.limit, most: p.most}
	known := e.parameters(c.generation)
	base.paged = slices.Contains(known, "page")
	if base.paged {
		base.values.Set(c.name(e.limitName()), strconv.Itoa(p.limit))
	}
	if w != (window{}) {
		base.values.Set(c.name("startDate"), day(w.start))
		base.values.Set(c.name("endDate"), day(w.end))
	}
	split := -1
	for i, x := range p.parameters {
		switch {
		case x.name == "startDate" || x.name == "endDate" || x.name == e.limitName():
		case split < 0 && slices.Contains([]string{"token_id", "symbol", "token_name", "slug"}, x.name):
			split = i
		default:
			base.values.Set(c.name(x.name), strings.Join(x.values, ","))
		}
	}
	perID := perID(known, e, w)
	if split < 0 {
		if !slices.Contains(known, "token_id") {
			base.rows = perID
		}
		return []question{base}
	}
	ids := p.parameters[split]
	var list []question
	for batch := range slices.Chunk(ids.values, c.batch(base, perID)) {
		x := base
		x.values = url.Values{c.name(ids.name): {strings.Join(batch, ",")}}
		for name, v := range base.values {
			x.values[name] = v
		}
		if ids.name == "token_id" || ids.name == "slug" {
			x.rows = perID * len(batch)
		}
		list = append(list, x)
	}
	return list
}

// perID returns how many rows an id has at most in a window; 0 where nobody knows, as of
// a history without days.
func perID(known []string, e *endpoint, w window) int {
	if !slices.Contains(known, "startDate") {
		return e.rows
	}
	return e.rows * w.days()
}

// batch returns how many ids go into one call: as many as fit one page that is not full,
// so that the paging of the API, which is known to fail, is not needed.
func (c *Client) batch(q question, perID int) int {
	most := c.maxIDs
	switch {
	case most == 0 && q.paged:
		most = 100
	case most == 0:
		most = 50
	}
	if q.paged && perID > 0 {
		most = min(most, max(1, (q.limit-1)/perID))
	}
	return most
}

// name returns how a parameter is sent.
func (c *Client) name(documented string) string {
	if sent, ok := c.settings.Names[documented]; ok {
		return sent
	}
	return documented
}
