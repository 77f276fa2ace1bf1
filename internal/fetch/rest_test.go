package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/internal/published"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

const minute = market.Time(market.Minute)

// start is when the bars of the tests begin.
var start = market.TimeOf(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))

var series = store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Minute}

// A place is a store and a venue whose clock stands at the end of its bars.
type place struct {
	*fetch.REST
	t      *testing.T
	server *binancetest.Server
	bars   *market.Columns // of the venue
}

func newPlace(t *testing.T, bars *market.Columns) *place {
	t.Helper()
	s := binancetest.New(bars.Time(bars.Len() - 1))
	t.Cleanup(s.Close)
	s.Put("BTCUSDT", bars)
	path := filepath.Join(t.TempDir(), "history.db")
	now := bars.Time(bars.Len() - 1).UTC()
	return &place{t: t, server: s, bars: bars, REST: &fetch.REST{
		Public: binance.NewPublic(binance.Options{Lanes: 1, BaseURL: s.URL(), Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return nil }}),
		Venue:  "binance", Symbol: "BTCUSDT",
		Open: func(write bool) (*store.DB, error) { return store.Open(path, store.Options{ReadOnly: !write}) },
	}}
}

// put stores bars as they are.
func (p *place) put(c *market.Columns) {
	p.t.Helper()
	db, err := p.Open(true)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := db.PutBars(series, c); err != nil {
		p.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// stored returns the bars that there are: none where a fetch found nothing to store.
func (p *place) stored() *market.Columns { return p.series(series) }

func (p *place) series(s store.Series) *market.Columns {
	p.t.Helper()
	db, err := p.Open(false)
	if errors.Is(err, store.ErrMissing) {
		return market.MakeColumns(s.Interval, 0)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Bars(s, 0, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// part returns some bars of c.
func part(c *market.Columns, keep func(row int) bool) *market.Columns {
	out := market.MakeColumns(c.Interval, 0)
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row := range c.OpenTime {
		if keep(row) {
			out.Append(c.Bar(row))
		}
	}
	return out
}

// TestWhatIsMissing: whatever is stored, and whatever time is asked for, afterwards the
// store has it all, what it had before, and nothing else; the gaps that are left are those
// of the venue.
func TestWhatIsMissing(t *testing.T) {
	seed := rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	const n = 5000
	for range 25 {
		all := binancetest.Walk(chance.Uint64(), market.Minute, start, n)
		gap := [2]int{chance.IntN(n), chance.IntN(n / 2)}
		p := newPlace(t, part(all, func(row int) bool { return row == 0 || row == n-1 || row < gap[0] || row > gap[0]+gap[1] }))
		lo, hi, holes := chance.IntN(n), chance.IntN(n), chance.IntN(5)
		before := part(p.bars, func(row int) bool { return row >= min(lo, hi) && row <= max(lo, hi) && chance.IntN(1000) >= holes })
		from, to := start, p.bars.Time(p.bars.Len()-1)
		if before.Len() > 0 {
			p.put(before)
			from = before.OpenTime[0]
		}
		if before.Len() == 0 || chance.IntN(2) == 0 {
			p.From = start + market.Time(chance.IntN(n-100))*minute - market.Time(chance.IntN(3))
			from = p.From
		}
		if chance.IntN(2) == 0 {
			p.To = max(from, start) + market.Time(chance.IntN(n)+1)*minute + market.Time(chance.IntN(3))
			to = min(to, p.To)
		}
		p.Resync = chance.IntN(4) == 0
		report, err := p.Bars(t.Context(), market.Minute)
		if err != nil {
			t.Fatal(err)
		}
		had := map[market.Time]bool{}
		for _, at := range before.OpenTime {
			had[at] = true
		}
		to = market.Minute.Floor(to)
		want := part(p.bars, func(row int) bool {
			at := p.bars.OpenTime[row]
			return had[at] || at >= from && at < to
		})
		if diff := cmp.Diff(want.OpenTime, p.stored().OpenTime); diff != "" {
			t.Fatalf("stored %d to %d, from %s to %s, gap %v: %+v\n%.2000s", lo, hi, p.From, p.To, gap, report.Put, diff)
		}
		if added := want.Len() - before.Len(); report.Put.Added != added || report.Put.Restated != 0 {
			t.Errorf("%+v, want %d added", report.Put, added)
		}
	}
}

// TestOnlyWhatIsMissing counts the requests: those for the end and for a hole of what is
// stored, and for the time.
func TestOnlyWhatIsMissing(t *testing.T) {
	all := binancetest.Walk(3, market.Minute, start, 20_000)
	p := newPlace(t, all)
	p.put(part(all, func(row int) bool { return row < 19_000 && (row < 7000 || row > 7100) && (row < 7500 || row > 7600) }))
	report, err := p.Bars(t.Context(), market.Minute)
	if err != nil || report.Put.Added != 1000+101+101 || report.GapCount != 0 {
		t.Errorf("%+v: %v", report, err)
	}
	if got := p.Public.Usage().Requests; got != 1+1+2 {
		t.Errorf("%d requests: %v", got, p.server.Requests())
	}
}

// TestRestated: bars that the venue has changed since are found near the end, and
// everywhere by a resync; each is named once.
func TestRestated(t *testing.T) {
	all := binancetest.Walk(3, market.Minute, start, 5000)
	p := newPlace(t, all)
	p.From = start
	if _, err := p.Bars(t.Context(), market.Minute); err != nil {
		t.Fatal(err)
	}
	changed := part(all, func(int) bool { return true })
	rows := []int{3, 1500, 4995}
	for _, row := range rows {
		changed.Volume[row]++
	}
	p.server.Put("BTCUSDT", changed)
	p.From = 0
	report, err := p.Bars(t.Context(), market.Minute)
	if err != nil || report.Put.Restated != 1 || report.Put.Changes[0].Time != start+4995*minute {
		t.Errorf("%+v: %v", report.Put, err)
	}
	p.Resync = true
	report, err = p.Bars(t.Context(), market.Minute)
	if err != nil || report.Put.Restated != 2 || report.Put.Unchanged != 4998 {
		t.Errorf("%+v: %v", report.Put, err)
	}
	want := []store.Restated{{Time: start + 3*minute, Old: all.Bar(3), New: changed.Bar(3)}, {Time: start + 1500*minute, Old: all.Bar(1500), New: changed.Bar(1500)}}
	if diff := cmp.Diff(want, report.Put.Changes); diff != "" {
		t.Error(diff)
	}
	if !cmp.Equal(p.stored(), changed) {
		t.Error("the store does not have the venue's bars")
	}
}

// TestMissingEnd: bars that are missing at the end of what was asked for are a gap.
func TestMissingEnd(t *testing.T) {
	all := binancetest.Walk(3, market.Minute, start, 2000)
	p := newPlace(t, all)
	p.server.Put("BTCUSDT", part(all, func(row int) bool { return row < 1500 }))
	p.From = start
	report, err := p.Bars(t.Context(), market.Minute)
	if want := []barfile.Gap{{From: start + 1500*minute, To: start + 2000*minute, Missing: 500}}; err != nil || !cmp.Equal(report.Gaps, want) || report.Missing != 500 {
		t.Errorf("%+v: %v", report, err)
	}
}

// TestSparse: bars that are far apart are those of the interval that was asked for, as
// their closing times show.
func TestSparse(t *testing.T) {
	for _, every := range []int{2, 3, 97} {
		all := binancetest.Walk(3, market.Minute, start, 3000)
		thin := part(all, func(row int) bool { return row%every == 0 })
		p := newPlace(t, all)
		p.server.Put("BTCUSDT", thin)
		p.From = start
		report, err := p.Bars(t.Context(), market.Minute)
		if err != nil || report.Put.Added != thin.Len() || report.Missing != int64(all.Len()-thin.Len()) || !cmp.Equal(p.stored().OpenTime, thin.OpenTime) {
			t.Errorf("every %d: %+v: %v", every, report.Put, err)
		}
	}
}

// TestHowFar: where a fetch is cut short, the report is of the time up to there.
func TestHowFar(t *testing.T) {
	p := newPlace(t, binancetest.Walk(3, market.Minute, start, 5000))
	p.From = start
	p.server.Fail(nil, binancetest.Faults["403"])
	if report, err := p.Bars(t.Context(), market.Minute); err == nil || report.From+report.To > 0 || report.GapCount > 0 {
		t.Errorf("nothing came: %+v: %v", report, err)
	}
	p.server.Fail(nil, nil, binancetest.Faults["403"])
	if report, err := p.Bars(t.Context(), market.Minute); err == nil || report.From != start || report.To != start+2000*minute || report.GapCount > 0 {
		t.Errorf("two pages came: %+v: %v", report, err)
	}
	for i := range 3000 {
		p.server.Trades["BTCUSDT"] = append(p.server.Trades["BTCUSDT"], binancetest.Trade{ID: int64(i), Time: start + market.Time(i)*minute, Price: "1", Quantity: "1"})
	}
	p.server.Fail(nil, nil, binancetest.Faults["403"])
	if report, err := p.Trades(t.Context()); err == nil || report.From != start || report.To != start+1999*minute {
		t.Errorf("two pages of trades came: %+v: %v", report, err)
	}
}

// TestWhatCameIsKept: bars before an error, or before somebody has enough, are stored.
func TestWhatCameIsKept(t *testing.T) {
	all := binancetest.Walk(3, market.Minute, start, 5000)
	p := newPlace(t, all)
	p.From = start
	p.server.Fail(nil, nil, nil, nil, binancetest.Faults["403"])
	report, err := p.Bars(t.Context(), market.Minute)
	if market.ClassOf(err) != market.Venue || report.Put.Added%1000 != 0 || report.Put.Added == 0 || p.stored().Len() != report.Put.Added {
		t.Errorf("%+v: %v", report.Put, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.Told = func(_ store.Series, done, of market.Time) {
		if done > of/2 {
			cancel()
		}
	}
	before := p.stored().Len()
	p.server.Fail(nil)
	if _, err = p.Bars(ctx, market.Minute); !errors.Is(err, context.Canceled) || p.stored().Len() <= before {
		t.Errorf("%d bars after %d: %v", p.stored().Len(), before, err)
	}
	p.Told = nil
	if _, err = p.Bars(t.Context(), market.Minute); err != nil || !cmp.Equal(p.stored(), all) {
		t.Errorf("%d bars: %v", p.stored().Len(), err)
	}
}

// TestTrades: those of one time keep their order, and a fetch goes on in the middle of it.
func TestTrades(t *testing.T) {
	p := newPlace(t, binancetest.Walk(3, market.Minute, start, 100))
	for i := range 2500 {
		id := i
		if i >= 2000 {
			id += 5 // five are missing
		}
		p.server.Trades["BTCUSDT"] = append(p.server.Trades["BTCUSDT"], binancetest.Trade{ID: int64(id), Time: start + market.Time(i/3)*minute/20, Price: "100.25", Quantity: "0.125"})
	}
	p.From, p.To = start, start+minute/2
	first, err := p.Trades(t.Context())
	if err != nil || first.Put.Added != 30 {
		t.Fatalf("%+v: %v", first, err)
	}
	p.From, p.To = 0, 0
	rest, err := p.Trades(t.Context())
	if err != nil || rest.Put.Added != 2470 || rest.Put.Restated != 0 || rest.GapCount != 1 || rest.Missing != 5 {
		t.Fatalf("%+v: %v", rest, err)
	}
	c := p.series(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Trades})
	if c.Len() != 2500 || c.OpenTime[29] != start+9*minute/20+29 || c.PriceScale != 2 || c.VolumeScale != 3 {
		t.Errorf("%d trades, %v", c.Len(), c.OpenTime[:30])
	}
	if again, err := p.Trades(t.Context()); err != nil || again.Put.Added != 0 || again.Put.Unchanged != 1 {
		t.Errorf("%+v: %v", again, err)
	}
}

// TestTradesOfBothSources: the archive's times of trades are finer than those of the REST
// interface. A trade is one trade, whichever of the two comes first.
func TestTradesOfBothSources(t *testing.T) {
	p := newPlace(t, binancetest.Walk(3, market.Minute, at(t, "2025-03-01"), 2000))
	dir := tree{t, t.TempDir()}
	a := &fetch.Archive{
		Source: &published.Dir{Path: dir.path}, Set: published.Set{Kind: published.Trades, Symbol: "BTCUSDT"}, Venue: "binance",
		Start: at(t, "2025-03-01"), End: at(t, "2025-03-02"), Now: at(t, "2025-06-01"), Open: p.Open, Temp: t.TempDir(),
	}
	f := a.Set.Cover(a.Start, a.End, a.Now)[0]
	rows := ""
	for n := range int64(1440) {
		at := f.From + market.Time(n/2)*2*minute
		p.server.Trades["BTCUSDT"] = append(p.server.Trades["BTCUSDT"], binancetest.Trade{ID: n + 1, Time: at, Price: "100.25", Quantity: "0.125"})
		rows += fmt.Sprintf("%d,100.25,0.125,%d,%d,%d,true,true\n", n+1, n, n, at.Millis()*1000+431+n%2)
	}
	dir.put(f, rows)
	p.From, p.To = f.From, f.From+market.Day/2
	first, err := p.Trades(t.Context())
	if err != nil || first.Put.Added != 720 {
		t.Fatalf("%+v: %v", first, err)
	}
	r, err := a.Run(t.Context())
	want(t, told(r, err), "1 files, 0 stored, 0 missing, 0 unverified: 1440 rows, 720 new, 720 same, 0 restated")
	p.To, p.Resync = 0, true
	if again, err := p.Trades(t.Context()); err != nil || again.Put.Added+again.Put.Restated != 0 || again.Put.Unchanged != 1440 {
		t.Errorf("%+v: %v", again.Put, err)
	}
}

// TestGone: stored bars that are asked for again and that the venue does not have stay, and
// are told.
func TestGone(t *testing.T) {
	all := binancetest.Walk(3, market.Minute, start, 3000)
	p := newPlace(t, all)
	p.put(all)
	lost := map[int]bool{0: true, 17: true, 1500: true, 1501: true, 2999: true}
	p.server.Put("BTCUSDT", part(all, func(row int) bool { return !lost[row] }))
	p.Resync = true
	report, err := p.Bars(t.Context(), market.Minute)
	want := []market.Time{start, start + 17*minute, start + 1500*minute, start + 1501*minute, start + 2999*minute}
	if diff := cmp.Diff(want, report.Gone); diff != "" || err != nil || report.GoneAll != 5 || report.GapCount != 0 || !cmp.Equal(p.stored(), all) {
		t.Errorf("%+v: %v\n%s", report, err, diff)
	}
}

// TestFundingGaps: fundings that are missing are a gap, and a change to another interval
// is none.
func TestFundingGaps(t *testing.T) {
	s := binancetest.NewUSDM(start)
	defer s.Close()
	const hour = market.Time(market.Hour)
	put := func(rate string, hours ...int) {
		s.Fundings["BTCUSDT"] = nil
		for _, h := range hours {
			s.Fundings["BTCUSDT"] = append(s.Fundings["BTCUSDT"], market.Funding{Time: start + market.Time(h)*hour, Rate: decimal.RequireFromString(rate)})
		}
	}
	path := filepath.Join(t.TempDir(), "history.db")
	now := start + 90*hour
	s.Now = func() market.Time { return now }
	r := &fetch.REST{
		Public: binance.NewPublic(binance.Options{USDM: true, BaseURL: s.URL(), Now: now.UTC}), Venue: "binance-usdm", Symbol: "BTCUSDT", From: start, Resync: true,
		Open: func(write bool) (*store.DB, error) { return store.Open(path, store.Options{ReadOnly: !write}) },
	}
	put("0.0001", 0, 8, 16, 40, 48, 52, 56, 64, 68, 72, 80)
	report, err := r.Fundings(t.Context())
	want := []barfile.Gap{{From: start + 24*hour, To: start + 40*hour, Missing: 2}, {From: start + 60*hour, To: start + 64*hour, Missing: 1}}
	if diff := cmp.Diff(want, report.Gaps); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	put("0.0002", 0, 8)
	report, err = r.Fundings(t.Context())
	if err != nil || report.Put.Restated != 2 || len(report.Put.Fundings) != 2 || report.Put.Fundings[1].Old.Time != start+8*hour {
		t.Errorf("%+v: %v", report.Put, err)
	}
}

// TestListedElsewhere: exchangeInfo of another market, or of another time, is refused.
func TestListedElsewhere(t *testing.T) {
	p := newPlace(t, binancetest.Walk(3, market.Minute, start, 100))
	const filters = `"baseAsset":"BTC","quoteAsset":"USDT","baseAssetPrecision":8,"quotePrecision":8,"filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01"},{"filterType":"LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"1"}]}]}`
	for answer, want := range map[string]string{
		`{"symbols":[{"symbol":"BTCUSDT","contractType":"PERPETUAL","marginAsset":"USDT",` + filters: "it lists the market of binance-usdm, not of binance; check --base-url and --market",
		`{"serverTime":2024600000000,"symbols":[{"symbol":"BTCUSDT",` + filters:                      "its time is 2034-02-26T20:53:20Z where the venue's is 2024-03-01T01:40:00Z",
	} {
		p.server.Fail(binancetest.Status(200, answer))
		if _, _, err := fetch.Listed(t.Context(), p.Public, []string{"BTCUSDT"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestListed(t *testing.T) {
	p := newPlace(t, binancetest.Walk(3, market.Minute, start, 100))
	for _, symbol := range []string{"BTCUSDC", "ETHUSDT"} {
		p.server.Put(symbol, p.bars)
	}
	at, list, err := fetch.Listed(t.Context(), p.Public, []string{"ETHUSDT", "BTCUSDT"})
	if err != nil || at != start+100*minute || len(list) != 2 || list[0].Symbol != "ETHUSDT" {
		t.Errorf("%s %v: %v", at, list, err)
	}
	if err := fetch.PutListed(p.Open, at, list); err != nil {
		t.Fatal(err)
	}
	_, _, err = fetch.Listed(t.Context(), p.Public, []string{"BTCUSTD"})
	if want := "BTCUSTD: the venue does not know the symbol of this name; near it are BTCUSDC, BTCUSDT; --no-instruments asks also for what is no longer listed"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, _, err = fetch.Listed(t.Context(), p.Public, []string{"XYZ"})
	if market.ClassOf(err) != market.Usage || strings.Contains(err.Error(), "near") {
		t.Error(err)
	}
}
