package tokenmetricstest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
)

// query is what a request asks for.
type query struct {
	ids, symbols, names, slugs     []string
	categories, exchanges          []string
	addresses, indicators          []string
	from, to                       day // included; 0 is open
	limit, page                    int
	signal                         *int
	least                          map[string]float64 // marketcap, fdv, volume and grades, by parameter
	id                             int
	kind, sort, index, top, expand string
}

// A param says how one parameter is read.
type param func(q *query, text string) error

// params are all parameters, as v2 spells them.
var params = map[string]param{
	"token_id":           ints(func(q *query) *[]string { return &q.ids }),
	"symbol":             words(func(q *query) *[]string { return &q.symbols }),
	"token_name":         words(func(q *query) *[]string { return &q.names }),
	"slug":               words(func(q *query) *[]string { return &q.slugs }),
	"category":           words(func(q *query) *[]string { return &q.categories }),
	"exchange":           words(func(q *query) *[]string { return &q.exchanges }),
	"blockchain_address": words(func(q *query) *[]string { return &q.addresses }),
	"indicator":          words(func(q *query) *[]string { return &q.indicators }),
	"startDate":          date(func(q *query) *day { return &q.from }),
	"endDate":            date(func(q *query) *day { return &q.to }),
	"limit":              count(func(q *query) *int { return &q.limit }),
	"page":               count(func(q *query) *int { return &q.page }),
	"top_k":              count(func(q *query) *int { return &q.limit }),
	"id":                 count(func(q *query) *int { return &q.id }),
	"signal":             signalParam,
	"marketcap":          least("marketcap"),
	"fdv":                least("fdv"),
	"volume":             least("volume"),
	"traderGrade":        least("traderGrade"),
	"investorGrade":      least("investorGrade"),

	"traderGradePercentChange": least("traderGradePercentChange"),

	"type":         text(func(q *query) *string { return &q.kind }),
	"indicesType":  text(func(q *query) *string { return &q.kind }),
	"sort_by":      text(func(q *query) *string { return &q.sort }),
	"indexName":    text(func(q *query) *string { return &q.index }),
	"expand":       text(func(q *query) *string { return &q.expand }),
	"timeFrame":    text(func(q *query) *string { return &q.top }),
	"chartFilters": text(func(q *query) *string { return &q.top }),
}

// respelt are the spellings that v3 takes beside those of v2.
var respelt = map[string]string{
	"start_date": "startDate", "end_date": "endDate", "market_cap": "marketcap", "indices_type": "indicesType",
}

func words(of func(*query) *[]string) param {
	return func(q *query, text string) error {
		for w := range strings.SplitSeq(text, ",") {
			if w = strings.TrimSpace(w); w != "" {
				*of(q) = append(*of(q), w)
			}
		}
		return nil
	}
}

func ints(of func(*query) *[]string) param {
	return func(q *query, text string) error {
		for w := range strings.SplitSeq(text, ",") {
			if _, err := strconv.Atoi(strings.TrimSpace(w)); err != nil {
				return err
			}
		}
		return words(of)(q, text)
	}
}

func date(of func(*query) *day) param {
	return func(q *query, text string) error {
		t, err := time.Parse(time.DateOnly, text)
		if err == nil && (t.Year() < 1970 || t.Year() > 2200) {
			err = market.ErrFarTime
		}
		if err == nil {
			*of(q) = dayOf(market.TimeOf(t))
		}
		return err
	}
}

func count(of func(*query) *int) param {
	return func(q *query, text string) (err error) {
		*of(q), err = strconv.Atoi(text)
		return err
	}
}

func text(of func(*query) *string) param {
	return func(q *query, text string) error {
		*of(q) = text
		return nil
	}
}

func least(name string) param {
	return func(q *query, text string) error {
		x, err := strconv.ParseFloat(text, 64)
		if q.least == nil {
			q.least = map[string]float64{}
		}
		q.least[name] = x
		return err
	}
}

func signalParam(q *query, text string) error {
	n, err := strconv.Atoi(text)
	if err == nil && (n < -1 || n > 1) {
		err = errors.New("no signal")
	}
	q.signal = &n
	return err
}

// parse reads a query string. Its errors are for tests: the service does not say what was
// wrong.
func (a *ask) parse(values url.Values) error {
	q := &a.query
	q.limit, q.page = -1, -1
	var given []string
	for name, list := range values {
		if known, ok := respelt[name]; ok && a.v3 {
			name = known
		}
		read := params[name]
		if !a.takes(name) || read == nil {
			if a.server.o.Lenient {
				continue
			}
			return fmt.Errorf("unknown parameter %q", name)
		}
		value := strings.Join(list, ",")
		if value == "" {
			return fmt.Errorf("parameter %q is empty", name)
		}
		if err := read(q, value); err != nil {
			return fmt.Errorf("parameter %q: %w", name, err)
		}
		given = append(given, name)
	}
	for _, name := range strings.Fields(a.route.need) {
		if !slices.Contains(given, name) && !(a.v3 && name == "token_id" && len(q.symbols)+len(q.names)+len(q.slugs) > 0) {
			return fmt.Errorf("parameter %q is missing", name)
		}
	}
	return errors.Join(a.paging(slices.Contains(given, "limit") || slices.Contains(given, "top_k"), slices.Contains(given, "page")), a.window())
}

// takes reports whether the endpoint has a parameter. Official clients send limit and page
// to all of them.
func (a *ask) takes(name string) bool {
	if name == "limit" || name == "page" {
		return true
	}
	has := strings.Fields(a.route.params + " " + a.route.need)
	switch {
	case slices.Contains(has, name):
		return true
	case !a.v3:
		return false
	case slices.Contains(has, "token_id"):
		return name == "slug" || name == "token_name" || name == "symbol" || name == "expand"
	}
	return name == "sort_by" && a.route.name == "moonshot-tokens"
}

// paging sets the limit and the page where they were not given, and checks them.
func (a *ask) paging(limited, paged bool) error {
	q := &a.query
	first, most := 1, 100
	if a.legacy {
		first, most = 0, 1000
	}
	if !limited {
		q.limit = a.defaultLimit()
	}
	if !paged {
		q.page = first
	}
	switch {
	case q.page < first:
		return fmt.Errorf("page %d is before the first, %d", q.page, first)
	case q.limit < 1:
		return fmt.Errorf("limit %d is below 1", q.limit)
	case q.limit > most && !a.server.o.Clamp:
		return fmt.Errorf("limit %d is above %d", q.limit, most)
	}
	q.limit = min(q.limit, most)
	q.page = min(q.page-first, lastPage)
	return nil
}

// lastPage is a page that is empty whatever is asked.
const lastPage = 1 << 20

func (a *ask) defaultLimit() int {
	switch {
	case !a.legacy:
		return 50
	case a.route.name == "top-market-cap-tokens":
		return 100
	case a.route.few:
		return 10
	}
	return 1000
}

// longestWindow is how many days apart the ends of a window may be where long ones are
// not taken.
const longestWindow = 29

// window refuses or shortens a long span of dates, where a fault says so.
func (a *ask) window() error {
	q := &a.query
	how, on := a.faults[FaultLongWindow]
	if !on || q.from == 0 || q.to == 0 || q.to-q.from <= longestWindow {
		return nil
	}
	if how == "truncate" {
		q.to = q.from + longestWindow
		return nil
	}
	return fmt.Errorf("window of %d days", q.to-q.from)
}

// chosen returns the tokens that fit every filter about tokens, in order.
func (a *ask) chosen() []*token {
	if a.tokens != nil {
		return a.tokens
	}
	a.tokens = []*token{}
	for _, t := range a.server.model.tokens {
		if a.fits(t) {
			a.tokens = append(a.tokens, t)
		}
	}
	return a.tokens
}

func (a *ask) fits(t *token) bool {
	q := &a.query
	for _, f := range [...]struct {
		any   []string
		value string
	}{
		{q.ids, strconv.Itoa(t.ID)}, {q.symbols, t.Symbol}, {q.names, t.Name}, {q.slugs, t.slug()}, {q.categories, t.category()},
	} {
		if len(f.any) > 0 && !slices.ContainsFunc(f.any, func(w string) bool { return strings.EqualFold(w, f.value) }) {
			return false
		}
	}
	if len(q.exchanges) > 0 && !slices.ContainsFunc(q.exchanges, t.listed) {
		return false
	}
	if len(q.addresses) > 0 && !slices.ContainsFunc(q.addresses, func(w string) bool { return strings.EqualFold(w, "ethereum:"+t.address()) }) {
		return false
	}
	at := a.now
	return t.cap(at) >= q.least["marketcap"] && t.cap(at)*1.1 >= q.least["fdv"] && (q.least["volume"] == 0 || t.volume(at) >= q.least["volume"])
}
