package tokenmetrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// An errand is what one feed is asked, and for what.
type errand struct {
	*feed
	config     *Config
	client     *Client
	kinds      []market.SignalKind        // those wanted of this feed
	assets     map[int64][]market.Subject // asked about
	whole      bool                       // the market is asked about
	start, end market.Time                // days, both included
	from, to   market.Time                // of Effective, as the question has it
	queries    []Query
	calls      int
	around     *visit
	came       int // rows
	heard      map[heard]bool
}

// heard is of what rows spoke, be it as null.
type heard struct {
	kind    market.SignalKind
	subject market.Subject
}

// A visit is what the feeds of one question tell each other.
type visit struct {
	prices map[int64]float64
	failed map[string]bool // endpoints that gave no answer
}

// daysBack is how many days before today a question without a beginning asks for: a row
// may be published late, and the one before it be corrected.
const daysBack = 3

// firstDay is before all that the provider has: 2019-01-01.
const firstDay = 17897 * market.Day

// hours returns how far back the question reaches.
func (x *errand) hours() int {
	if x.from == 0 {
		return hoursBack - 1
	}
	return int((market.TimeOf(x.config.now())-x.from)/market.Time(time.Hour)) + 1
}

// Plan returns the calls that Fetch(q) sends where nothing fails. It needs no key. A
// configuration that is wrong has no plan: Fetch says why.
func (c *Config) Plan(q signals.Query) []signals.Request {
	errands, err := c.errands(q, market.NewSecret("none"))
	if err != nil {
		return nil
	}
	var list []signals.Request
	for _, x := range errands {
		list = append(list, signals.Request{Endpoint: x.path, Calls: x.calls, Kinds: x.kinds})
	}
	return list
}

// Fetch asks for what q wants and the configuration pulls: of the days from q.From on, or
// the newest rows where that is 0. A fault of one endpoint is yielded, and the others are
// asked all the same; one that concerns the key or the way to the provider ends it.
func (c *Config) Fetch(ctx context.Context, q signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		errands, err := c.errands(q, c.Key)
		if err != nil {
			yield(signals.Batch{}, err)
			return
		}
		for _, x := range errands {
			if !x.run(ctx, yield) {
				return
			}
		}
	}
}

// run asks the queries of one errand. It returns false when all is over.
func (x *errand) run(ctx context.Context, yield func(signals.Batch, error) bool) bool {
	if x.helper != nil && x.around.failed[x.helper.path] {
		return true // what it needs is missing, and was told
	}
	x.heard = map[heard]bool{}
	whole := true
	for _, q := range x.queries {
		for batch, err := range x.read(ctx, x, q) {
			if !yield(batch, err) {
				return false
			}
			if err != nil && !errors.Is(err, errPartly) {
				x.around.failed[x.path] = true
				return ofOneEndpoint(err)
			}
			whole = whole && err == nil
		}
	}
	if err := x.silence(whole); err != nil {
		return yield(signals.Batch{}, err)
	}
	return true
}

// silence tells of what was asked and not answered. Where rows came, and none said anything
// that was asked, that is a fault.
func (x *errand) silence(whole bool) error {
	if x.others {
		return nil
	}
	var silent []string
	for _, k := range x.kinds {
		if about := x.unheard(k); len(about) > 0 {
			silent = append(silent, fmt.Sprintf("%s of %s", k, few(about)))
		}
	}
	switch {
	case len(silent) == 0:
	case x.came > 0 && len(x.heard) == 0 && whole:
		var none left
		none.add(fmt.Errorf("none of the rows (%d) says %s", x.came, few(silent)))
		return none.fault(x.endpoint)
	default:
		x.config.log().Warn("nothing came of "+few(silent), "endpoint", x.path)
	}
	return nil
}

// unheard lists of whom nothing of a kind came.
func (x *errand) unheard(k market.SignalKind) (list []string) {
	about := []market.Subject{market.MarketWide}
	if info, _ := market.KindOf(k); !info.Market {
		about = nil
		for _, id := range slices.Sorted(maps.Keys(x.assets)) {
			about = append(about, x.assets[id]...)
		}
	}
	for _, s := range about {
		if !x.heard[heard{k, s}] {
			list = append(list, string(s))
		}
	}
	slices.Sort(list)
	return list
}

// few names the first of a list.
func few(list []string) string {
	const most = 8
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

// ofOneEndpoint reports whether an error says nothing about other endpoints.
func ofOneEndpoint(err error) bool {
	var f *signals.Fault
	if !errors.As(err, &f) {
		return false
	}
	switch f.Kind {
	case signals.ErrGone, signals.ErrRefused, signals.ErrMalformed:
		return true
	case signals.ErrDenied:
		return f.Status == http.StatusForbidden // a plan without it; 401 and 402 are about the key
	case signals.ErrRetry:
		return f.Status != 0 // no answer at all: nobody is there
	}
	return false
}

// errands returns what is asked for a question, in order.
func (c *Config) errands(q signals.Query, key market.Secret) ([]*errand, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	client, err := c.client(key)
	if err != nil {
		return nil, err
	}
	client.lenient = true
	blank := errand{config: c, client: client, from: q.From, to: q.To, around: &visit{map[int64]float64{}, map[string]bool{}}}
	if blank.assets, err = c.assets(); err != nil {
		return nil, err
	}
	c.only(blank.assets, q.Subjects)
	blank.whole = len(q.Subjects) == 0 || slices.Contains(q.Subjects, market.MarketWide)
	if now := market.TimeOf(c.now()); q.From <= now {
		blank.span(now)
		return blank.chosen(c.wanted(&q))
	}
	return nil, nil // nobody knows the future
}

// only leaves the assets that are asked about.
func (c *Config) only(assets map[int64][]market.Subject, asked []market.Subject) {
	if len(asked) == 0 {
		return
	}
	known := map[market.Subject]bool{market.MarketWide: true}
	for _, id := range slices.Sorted(maps.Keys(assets)) {
		for _, s := range assets[id] {
			known[s] = true
		}
		assets[id] = slices.DeleteFunc(assets[id], func(s market.Subject) bool { return !slices.Contains(asked, s) })
		if len(assets[id]) == 0 {
			delete(assets, id)
		}
	}
	for _, s := range asked {
		if !known[s] {
			c.log().Warn("an asset has no id, and is not asked about", "asset", string(s), "hint", suggestion(string(s)))
		}
	}
}

// span finds the days to ask for.
func (x *errand) span(now market.Time) {
	x.end = now
	if x.to > 0 && x.to <= now {
		x.end = x.to - 1
	}
	if x.start = x.from; x.from == 0 {
		x.start = x.end - daysBack*market.Day
	}
	x.start, x.end = max(x.start-x.start%market.Day, firstDay), x.end-x.end%market.Day
}

// wanted returns the kinds that a question asks for, of those that are pulled.
func (c *Config) wanted(q *signals.Query) []market.SignalKind {
	if len(q.Kinds) == 0 {
		return c.Pull
	}
	var list []market.SignalKind
	for _, k := range q.Kinds {
		for _, own := range c.Pull {
			switch {
			case own.Covers(k):
				list = append(list, k)
			case k.Covers(own):
				list = append(list, own)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// chosen returns the feeds that give the kinds for the fewest calls: again and again the
// one that gives most of what is missing for a call. Of a question about days gone by,
// those that speak of now alone get what no other gives, and nothing where it ends before
// now. Helpers come before whom they help.
func (x *errand) chosen(kinds []market.SignalKind) ([]*errand, error) {
	all := x.config.offered()
	past := slices.DeleteFunc(slices.Clone(all), func(f *feed) bool { return !f.past })
	var order [][]*feed
	if x.from > 0 {
		order = append(order, past)
	}
	if x.to == 0 || x.to > market.TimeOf(x.config.now()) {
		order = append(order, all)
	}
	missing := slices.Clone(kinds)
	var list []*errand
	for _, among := range order {
		for {
			best, err := x.best(among, missing)
			if err != nil {
				return nil, err
			}
			if best == nil {
				break
			}
			missing = slices.DeleteFunc(missing, func(k market.SignalKind) bool { return slices.Contains(best.kinds, k) })
			list = append(list, best)
		}
	}
	return x.helped(list)
}

// best returns the errand among some that gives most of the kinds for a call; nil where
// none gives any.
func (x *errand) best(among []*feed, kinds []market.SignalKind) (best *errand, err error) {
	for _, f := range among {
		one, err := x.of(f, kinds)
		if err != nil {
			return nil, err
		}
		if one.calls > 0 && (best == nil || len(one.kinds)*best.calls > len(best.kinds)*one.calls) {
			best = one
		}
	}
	return best, nil
}

// of returns the errand of a feed: without calls where it gives nothing that is wanted.
func (x *errand) of(f *feed, kinds []market.SignalKind) (*errand, error) {
	one := *x
	one.feed, one.kinds, one.queries, one.calls = f, nil, nil, 0
	for _, k := range kinds {
		info, _ := market.KindOf(k)
		if f.gives(x.client.generation, k) && (info.Market && x.whole || !info.Market && len(x.assets) > 0) {
			one.kinds = append(one.kinds, k)
		}
	}
	if len(one.kinds) == 0 {
		return &one, nil
	}
	return &one, one.count()
}

// count finds the queries, and what they cost.
func (x *errand) count() error {
	x.queries = x.ask(x, slices.Sorted(maps.Keys(x.assets)))
	for _, q := range x.queries {
		r, err := x.client.Calls(q)
		if err != nil {
			return err
		}
		x.calls += r.Calls
	}
	return nil
}

// helped puts before each errand the one that it needs.
func (x *errand) helped(list []*errand) ([]*errand, error) {
	slices.SortStableFunc(list, func(a, b *errand) int { return cmp.Compare(place(a.feed), place(b.feed)) })
	var all []*errand
	for _, one := range list {
		if h := one.helper; h != nil && !slices.ContainsFunc(all, func(o *errand) bool { return o.feed == h }) && !(h == namesFeed && x.allNamed()) {
			first := *x
			first.feed = h
			if err := first.count(); err != nil {
				return nil, err
			}
			all = append(all, &first)
		}
		all = append(all, one)
	}
	return all, nil
}

// place is the order in which feeds are asked.
func place(f *feed) int { return slices.Index(feeds, f) }

// allNamed reports whether the names of all assets are known already.
func (x *errand) allNamed() bool {
	n := x.config.names
	n.Lock()
	defer n.Unlock()
	for id := range x.assets {
		if _, ok := n.of[id]; !ok {
			return false
		}
	}
	return true
}
