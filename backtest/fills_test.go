package backtest_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
)

// This file runs brackets over windows of real markets, holds every fill against the bar
// that caused it (see believe_test.go), and keeps the tables of docs/fills.md.

const fillsDoc = "../docs/fills.md"

// recordings returns where the recorded market data lies: beside the checkout, or in
// SIGNALMAN_DATA.
func recordings() string {
	if dir := os.Getenv("SIGNALMAN_DATA"); dir != "" {
		return dir
	}
	return "../../shared/data"
}

func needRecordings(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(recordings()); err != nil {
		t.Skip("the recorded market data is neither beside this checkout nor in SIGNALMAN_DATA: ", err)
	}
}

// window is a stretch of a real market.
type window struct {
	name, file string
	from, to   market.Time    // 0 is all of the file
	extreme    float64        // a price that the window is known for
	funding    string         // file of a perpetual's funding rates
	marks      string         // file of its mark prices every 8 hours
	near       [2]market.Time // from how long before the extreme price to how long after it all fills are listed
	instrument market.Instrument
}

func spotWindow(name, file, from, to string, extreme float64, near [2]market.Time) window {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Tick, in.Step, in.MinNotional = decimal.New(1, -2), decimal.New(1, -5), decimal.New(5, 0)
	in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
	return window{
		name: name, file: file, from: utc(from), to: utc(to),
		extreme: extreme, instrument: in, near: near,
	}
}

func futuresWindow(name, folder, from, to string, extreme float64) window {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Tick, in.Step, in.MinNotional = decimal.New(1, -1), decimal.New(1, -3), decimal.New(100, 0)
	in.Fees = market.Fees{Maker: decimal.New(2, -4), Taker: decimal.New(5, -4), InQuote: true}
	in.Margin = &market.Margin{
		Leverage: decimal.New(3, 0), LiquidationFee: decimal.New(125, -4),
		Brackets: []market.MarginBracket{{MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)}},
	}
	return window{
		name: name, file: folder + "/BTCUSDT-1m.csv.gz", from: utc(from), to: utc(to), extreme: extreme, instrument: in,
		near:    [2]market.Time{market.Day, market.Day},
		funding: folder + "/funding/BTCUSDT-funding.csv.gz", marks: folder + "/mark8h/BTCUSDT-mark-8h.csv.gz",
	}
}

func windows() []window {
	return []window{
		spotWindow("may-2021", "binance-spot-1m-tttienthinh/2021-05-15_2021-05-22/BTCUSDT-1m.csv.gz", "2021-05-15 22:02", "2021-05-22 22:03",
			30000, [2]market.Time{20 * market.Time(market.Minute), 10 * market.Time(market.Minute)}),
		spotWindow("march-2024", "binance-spot-1m-benicio/2024-02-12_2024-03-17/BTCUSDT-1m.csv.gz", "2024-02-12 03:00", "2024-03-17 20:20",
			73777, [2]market.Time{3 * market.Time(market.Hour), 7 * market.Time(market.Hour)}),
		futuresWindow("futures-2025", "binance-usdm-typhonun", "2025-05-04 15:33", "2025-06-03 15:32", 111959.5),
	}
}

func utc(s string) market.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return market.Time(t.UnixNano())
}

// witness is one fill, and what was known of it.
type witness struct {
	market.Fill
	order   market.Order
	decided market.Time
	known   market.Time // the close of the bar that caused it
	row     int         // of that bar
	lived   market.Time // when an exit was known to live; the decision of others
	ended   market.Time // when its end was known; 0 is never
	rule    string      // that decided it
	base    decimal.Decimal
	over    bool // the part over the participation cap
}

// ticker keeps what a journal is told: the deals of a run.
type ticker struct {
	orders map[market.OrderID]*witness
	deals  []*witness
	paid   []*market.Funding
	bars   *market.Columns
}

// Append takes a record.
func (k *ticker) Append(r market.Record) error {
	switch {
	case r.Kind == market.RecordDecision && r.Decision.Action == market.Submit:
		k.orders[r.Decision.Order.ID] = &witness{order: r.Decision.Order, decided: r.Time, lived: market.MaxTime}
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindFunding:
		k.paid = append(k.paid, r.Event.Funding)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindUpdate:
		k.update(r.Time, r.Event.Update)
	}
	return nil
}

func (k *ticker) update(now market.Time, u *market.OrderUpdate) {
	o := k.orders[u.ID]
	switch {
	case u.State.Final():
		o.ended = now
	case u.State == market.Accepted && u.Reason == market.Waiting:
		o.lived = market.MaxTime
	case u.State == market.Accepted:
		o.lived = now
	}
	if u.Fill != nil {
		d := *o
		d.Fill, d.known, d.row = *u.Fill, now, k.bars.Search(now-market.Time(k.bars.Interval))
		k.deals = append(k.deals, &d)
	}
}

// Commit does nothing.
func (k *ticker) Commit() error { return nil }

// run lets the bracketeer trade a window, with slippage of 2 basis points and the rest as
// it is by default.
func (w *window) run(t *testing.T, venue bool, change func(o *sim.Options)) (*ticker, *backtest.Outcome) {
	t.Helper()
	file, err := barfile.ReadFile(filepath.Join(recordings(), w.file), barfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &backtest.History{Instruments: []market.Instrument{w.instrument}, Series: []backtest.Series{{Columns: file.Columns}}}
	h.MarkVolume()
	w.addFunding(t, h)
	k := &ticker{orders: map[market.OrderID]*witness{}, bars: file.Columns}
	o := sim.DefaultOptions()
	o.SlippageBps = slipped
	if change != nil {
		change(&o)
	}
	out, err := backtest.Run(context.Background(), engine.Config{
		Audit: true, Journal: k, Cash: decimal.New(1_000_000, 0), TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{{
			Name: "b", Strategy: &bracketeer{venue}, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: decimal.New(1, 0),
		}},
	}, h, backtest.Options{Sim: o})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.Faults {
		t.Fatal(f.Err)
	}
	return k, out
}

// TestFills runs every window, believes every fill, and holds docs/fills.md against the
// tables that come of it.
func TestFills(t *testing.T) {
	needRecordings(t)
	text, err := os.ReadFile(fillsDoc)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for _, w := range windows() {
		t.Run(w.name, func(t *testing.T) {
			k, out := w.run(t, false, nil)
			w.believe(t, k)
			checkBrackets(t, k.deals, &w.instrument)
			checkBooks(t, k, out)
			doc = w.compare(t, doc, w.table(k, out))
		})
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(fillsDoc, []byte(doc), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFillsOtherwise believes every fill of the windows with other options too.
func TestFillsOtherwise(t *testing.T) {
	needRecordings(t)
	for _, c := range []struct {
		name   string
		venue  bool
		change func(o *sim.Options)
	}{
		{"optimistic", false, func(o *sim.Options) { o.Path = sim.Optimistic }},
		{"ohlc", false, func(o *sim.Options) { o.Path = sim.OHLC }},
		{"late", false, func(o *sim.Options) { o.Latency = market.Time(90 * time.Second) }},
		{"venue", true, nil},
	} {
		for _, w := range windows() {
			t.Run(c.name+"/"+w.name, func(t *testing.T) {
				k, out := w.run(t, c.venue, c.change)
				w.believe(t, k)
				checkBrackets(t, k.deals, &w.instrument)
				checkBooks(t, k, out)
			})
		}
	}
}

// compare holds the part of the document between the marks of a window against a table,
// and returns the document with the table in its place.
func (w *window) compare(t *testing.T, doc, table string) string {
	t.Helper()
	mark := regexp.MustCompile(`(?s)(<!-- window ` + w.name + ` -->\n)(.*?)(<!-- end -->)`)
	part := mark.FindStringSubmatch(doc)
	if part == nil {
		t.Fatalf("%s has no lines <!-- window %s --> and <!-- end -->", fillsDoc, w.name)
	}
	if diff := cmp.Diff(part[2], table); diff != "" && !*update {
		t.Errorf("%s (-) and the run (+), -update rewrites it:\n%s", fillsDoc, diff)
	}
	return mark.ReplaceAllString(doc, "${1}"+strings.ReplaceAll(table, "$", "$$")+"${3}")
}

// listed returns the deals that the document shows: those near the window's
// extreme price, and the first of each kind elsewhere.
func (w *window) listed(k *ticker) []*witness {
	at := w.extremeAt(k.bars)
	seen := map[string]bool{}
	news := func(d *witness) (news bool) {
		for _, kind := range d.kinds() {
			news = news || !seen[kind]
			seen[kind] = true
		}
		return news
	}
	near := func(d *witness) bool { return d.known > at-w.near[0] && d.known <= at+w.near[1] }
	for _, d := range k.deals {
		if near(d) {
			news(d)
		}
	}
	var list []*witness
	for _, d := range k.deals {
		if near(d) || news(d) {
			list = append(list, d)
		}
	}
	return list
}

// extremeAt returns the open of the first bar that reaches the window's extreme price.
func (w *window) extremeAt(c *market.Columns) market.Time {
	for row := range c.Len() {
		if c.Low[row] == w.extreme || c.High[row] == w.extreme {
			return c.OpenTime[row]
		}
	}
	panic("no bar reaches the extreme price of " + w.name)
}

// kinds names what decided a deal, without its numbers: the rule for its price, and the
// one for its quantity.
func (d *witness) kinds() []string {
	price, quantity, _ := strings.Cut(d.rule, ", X9")
	kinds := []string{d.order.Side.String() + " " + d.order.Type.String() + ": " + numbers.ReplaceAllString(price, "")}
	if quantity != "" {
		kinds = append(kinds, d.order.Side.String()+" "+d.order.Type.String()+": X9"+quantity)
	}
	return kinds
}

var numbers = regexp.MustCompile(` [0-9]+\.[0-9]+`)

// table prints the listed deals, beside what they were chosen of.
func (w *window) table(k *ticker, out *backtest.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n```text\n")
	row := "%-6s %-27s %-11s %8s %8s %8s %8s %8s %5s %7s %8s %12s %s %s\n"
	fmt.Fprintf(&b, row, "order", "what", "bar", "open", "high", "low", "close", "volume", "fill", "filled", "price", "fee", " ", "rule")
	for _, d := range w.listed(k) {
		bar, scale := k.bars.Bar(d.row), k.bars.PriceScale
		p := func(x float64) string { return market.Price(x, scale).StringFixed(scale) }
		role := "T"
		if d.Maker {
			role = "M"
		}
		fmt.Fprintf(&b, row, d.order.ID, d.what(-w.instrument.Tick.Exponent()), clockText(bar.OpenTime, "01-02 15:04"), p(bar.Open), p(bar.High), p(bar.Low), p(bar.Close),
			market.Price(bar.Volume, k.bars.VolumeScale).Truncate(3), clockText(d.Time, "15:04"), d.Quantity, d.Price.StringFixed(scale), d.Fee, role, d.rule)
	}
	fmt.Fprintf(&b, "```\n\n%d bars, %d fills:\n\n```text\n", out.Bars, len(k.deals))
	counts := map[string]int{}
	for _, d := range k.deals {
		for _, kind := range d.kinds() {
			counts[kind]++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%5d %s\n", counts[kind], kind)
	}
	b.WriteString("```\n\n")
	b.WriteString(k.fundingTable())
	return b.String()
}

func clockText(t market.Time, layout string) string {
	return time.Unix(0, int64(t)).UTC().Format(layout)
}

// what describes an order in few words.
func (d *witness) what(places int32) string {
	o := &d.order
	s := o.Side.String() + " " + o.Type.String()
	switch {
	case o.Type == market.TrailingStop:
		return s + " " + o.Trail.By.String() + " %"
	case o.Triggered() && o.Priced():
		return o.Side.String() + " stop " + o.Stop.StringFixed(places) + "/" + o.Price.StringFixed(places)
	case o.Triggered():
		s += " " + o.Stop.StringFixed(places)
	case o.Priced():
		s += " " + o.Price.StringFixed(places)
	}
	return s
}
