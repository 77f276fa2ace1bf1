package app

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// venueTape is what a local venue plays.
type venueTape struct {
	spot, usdm *venue.Listing
	start, end market.Time // by the venue's clock
	moved      bool        // the history was moved to the present
	spotPrices bool        // perpetuals trade on the prices of spot
}

// left returns how long the tape plays, in time of the wall.
func (t *venueTape) left(speed float64) time.Duration {
	return time.Duration(float64(t.end-t.start) / speed)
}

// venueTape reads what the flags ask for.
func (c *command) venueTape(f *venueFlags, speed float64) (t venueTape, err error) {
	r, done, err := c.reader(f.history, sampleFlag)
	if err != nil {
		return t, err
	}
	defer done()
	balances, err := venueBalances(f.balances)
	if err != nil {
		return t, err
	}
	for _, name := range f.markets {
		switch name {
		case "spot":
			t.spot, err = f.listing(r, balances, false, &t)
		case "usdm":
			t.usdm, err = f.listing(r, balances, true, &t)
		default:
			err = usageError("", "--market %q is neither spot nor usdm", name)
		}
		if err != nil {
			return t, err
		}
	}
	if err := t.place(f); err != nil {
		return t, err
	}
	return t, t.move(f.clock, speed)
}

// intervals names those of the bars that are played, finest first.
func (t *venueTape) intervals() []string {
	var all []market.Interval
	for _, l := range t.listings() {
		for _, c := range l.Bars {
			all = append(all, c.Interval)
		}
	}
	slices.Sort(all)
	var names []string
	for _, d := range slices.Compact(all) {
		names = append(names, d.String())
	}
	return names
}

// listings are the markets of a tape.
func (t *venueTape) listings() (list []*venue.Listing) {
	for _, l := range []*venue.Listing{t.spot, t.usdm} {
		if l != nil {
			list = append(list, l)
		}
	}
	return list
}

// listing reads one market.
func (f *venueFlags) listing(r store.Reader, balances map[string]decimal.Decimal, perpetual bool, t *venueTape) (*venue.Listing, error) {
	all, err := r.SeriesList()
	if err != nil {
		return nil, err
	}
	l := &venue.Listing{Balances: balances}
	for _, symbol := range f.listed(all, perpetual) {
		w := wants{venue: f.venue, perpetual: perpetual}
		found, err := w.choose(all, symbol)
		if err != nil {
			return nil, err
		}
		if err := f.list(r, l, found, perpetual); err != nil {
			return nil, err
		}
		t.spotPrices = t.spotPrices || perpetual && !futures(found[0].Venue)
	}
	if len(l.Instruments) == 0 {
		return nil, &market.Error{Class: market.Data, Err: errors.New("the history has no candles to serve"), Hint: bringBars}
	}
	return l, nil
}

// listed returns the symbols of a market: those that were asked for, or all.
func (f *venueFlags) listed(all []store.Series, perpetual bool) []string {
	if len(f.symbols) > 0 {
		return f.symbols
	}
	var symbols []string
	for _, s := range preferred(all, perpetual) {
		if atVenue(f.venue, s.Venue) && s.Interval != market.Trades {
			symbols = append(symbols, s.Symbol)
		}
	}
	slices.Sort(symbols)
	return slices.Compact(symbols)
}

// list adds an instrument with its finest series.
func (f *venueFlags) list(r store.Reader, l *venue.Listing, found []store.Series, perpetual bool) error {
	found = slices.DeleteFunc(slices.Clone(found), func(s store.Series) bool { return s.Interval == market.Trades })
	if len(found) == 0 {
		return nil
	}
	finest := slices.MinFunc(found, func(a, b store.Series) int { return int(a.Interval - b.Interval) })
	known, err := r.Listings(0, 0)
	if err != nil {
		return err
	}
	in, err := (&naming{}).instrument(snapshotsOf(known, finest), finest)
	if err != nil {
		return err
	}
	in.ID = market.InstrumentID(len(l.Instruments))
	if in.Fees, err = f.rates(perpetual); err != nil {
		return err
	}
	var fundings []market.Funding
	if perpetual {
		in.Margin = venueMargin()
		if fundings, err = r.Fundings(finest.Venue, in.Symbol, 0, 0); err != nil {
			return err
		}
	}
	bars, err := r.Bars(finest, 0, 0)
	if err != nil {
		return err
	}
	l.Instruments, l.Bars, l.Fundings = append(l.Instruments, in), append(l.Bars, bars), append(l.Fundings, fundings)
	return nil
}

// venueMargin is what perpetuals are backed by: one bracket as that of small positions in
// BTCUSDT, and a new account's leverage.
func venueMargin() *market.Margin {
	return &market.Margin{
		Leverage: decimal.New(20, 0), LiquidationFee: decimal.New(125, -4),
		Brackets: []market.MarginBracket{{MaxLeverage: decimal.New(125, 0), Rate: decimal.New(4, -3)}},
	}
}

// rates returns the fees of a market.
func (f *venueFlags) rates(perpetual bool) (market.Fees, error) {
	if perpetual {
		return market.Fees{Maker: decimal.New(2, -4), Taker: decimal.New(5, -4), InQuote: true}, nil
	}
	fees := market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
	if len(f.fees) == 0 {
		return fees, nil
	}
	var err error
	if len(f.fees) == 2 {
		if fees.Maker, err = decimal.NewFromString(f.fees[0]); err == nil {
			fees.Taker, err = decimal.NewFromString(f.fees[1])
		}
	}
	if err != nil || len(f.fees) != 2 {
		return fees, usageError("write --fee 0.001,0.001", "--fee %s is not a maker and a taker rate", strings.Join(f.fees, ","))
	}
	if err := fees.Validate(); err != nil {
		return fees, usageError("write --fee 0.001,0.001", "--fee %s: %w", strings.Join(f.fees, ","), err)
	}
	return fees, nil
}

// place sets where the tape starts and ends.
func (t *venueTape) place(f *venueFlags) error {
	from, to, err := span(f.from, f.to)
	if err != nil {
		return err
	}
	first := market.Time(0)
	for _, l := range t.listings() {
		for i, c := range l.Bars {
			if to != 0 {
				c = c.Slice(0, c.Search(to))
				l.Bars[i] = c
			}
			if c.Len() == 0 {
				return &market.Error{Class: market.Data, Where: l.Instruments[i].Symbol, Err: errors.New("no bars before --to"), Hint: "see 'signalman data list'"}
			}
			if first == 0 || c.OpenTime[0] < first {
				first = c.OpenTime[0]
			}
			t.end = max(t.end, c.Time(c.Len()-1))
		}
	}
	const year = market.Time(365 * 24 * time.Hour)
	if t.start = from; from == 0 {
		t.start = max(first, t.end-year)
	}
	if t.start < first || t.start >= t.end {
		return usageError("see 'signalman data list'", "--from %s is not within the history, %s to %s", t.start, first, t.end)
	}
	return nil
}

// move moves the tape to the present, by whole days, where the clock says so.
func (t *venueTape) move(clock string, speed float64) error {
	switch clock {
	case "":
		if speed != 1 {
			return nil
		}
	case "history":
		return nil
	case "now":
	default:
		return usageError("", "--clock %q is neither now nor history", clock)
	}
	const day = market.Time(24 * time.Hour)
	now := market.TimeOf(time.Now())
	by := (now - t.start) / day * day
	t.moved, t.start, t.end = true, now, t.end+by
	for _, l := range t.listings() {
		for i, c := range l.Bars {
			l.Bars[i] = shifted(c, by)
		}
		for i, list := range l.Fundings {
			l.Fundings[i] = slices.Clone(list)
			for k := range list {
				l.Fundings[i][k].Time += by
			}
		}
	}
	return nil
}

// shifted returns bars at other times.
func shifted(c *market.Columns, by market.Time) *market.Columns {
	moved := *c
	moved.OpenTime = slices.Clone(c.OpenTime)
	for i := range moved.OpenTime {
		moved.OpenTime[i] += by
	}
	return &moved
}

// venueBalances reads --balance.
func venueBalances(flags []string) (map[string]decimal.Decimal, error) {
	balances := map[string]decimal.Decimal{}
	for _, text := range flags {
		asset, amount, _ := strings.Cut(text, "=")
		d, err := decimal.NewFromString(amount)
		if err != nil || asset == "" || d.IsNegative() {
			return nil, usageError("write it as USDT=10000", "--balance %q is not an asset and an amount", text)
		}
		balances[strings.ToUpper(asset)] = d
	}
	return balances, nil
}

// publicKey reads the PEM of a public key; nil is a text that is none.
func publicKey(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	switch {
	case block == nil && strings.Contains(text, "-----BEGIN"):
		return nil, usageError("give it with its lines as they are, as in "+venueSecretEnv+"=\"$(cat public.pem)\"", "%s begins as a PEM, but is none", venueSecretEnv)
	case block == nil:
		return nil, nil
	case strings.Contains(block.Type, "PRIVATE"):
		return nil, usageError("give the venue the public key, from 'openssl pkey -in key.pem -pubout'; the private one stays with whoever signs", "%s is a private key", venueSecretEnv)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, usageError("make one with 'openssl pkey -in key.pem -pubout'", "%s is not the PEM of a public key: %w", venueSecretEnv, err)
	}
	return key, nil
}
