package app_test

import (
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/binancetest"
	"github.com/signalman-trading/signalman/market"
)

// venueStart is when the candles of a script's venue begin.
const venueStart = market.Time(1_709_251_200_000_000_000) // 2024-03-01

// A scriptVenue is the stand-in of a script, whose clock stands.
type scriptVenue struct {
	server  *binancetest.Server
	minutes int // whole ones so far
	restate map[int]bool
	gap     [2]int
}

// venue is the command of scripts that starts and changes a stand-in for Binance:
//
//	venue spot|usdm MINUTES     starts one, as $VENUE, with BTCUSDT and ETHUSDT
//	venue later MINUTES         sets its clock, as minutes since it began
//	venue restate MINUTE        changes the volume of a candle of BTCUSDT
//	venue gap FROM TO           drops candles of BTCUSDT
//	venue fail FAULT...         spoils the next answers; "-" lets one pass
func venue(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "venue spot|usdm|later|restate|gap|fail ...")
	v, ok := ts.Value(venueKey{}).(*scriptVenue)
	if !ok {
		ts.Fatalf("no venue in this script")
	}
	number := func(i int) int {
		n, err := strconv.Atoi(args[i])
		ts.Check(err)
		return n
	}
	switch args[0] {
	case "spot", "usdm":
		v.server = binancetest.New(0)
		if args[0] == "usdm" {
			v.server.Close()
			v.server = binancetest.NewUSDM(0)
		}
		ts.Defer(v.server.Close)
		ts.Setenv("VENUE", v.server.URL())
		v.minutes = number(1)
	case "later":
		v.minutes = number(1)
	case "restate":
		v.restate[number(1)] = true
	case "gap":
		v.gap = [2]int{number(1), number(2)}
	case "fail":
		for _, name := range args[1:] {
			v.server.Fail(binancetest.Faults[name])
		}
	}
	v.fill()
}

type venueKey struct{}

// fill serves what there is by the venue's clock: half of the last minute is over.
func (v *scriptVenue) fill() {
	const minute = market.Time(market.Minute)
	now := venueStart + market.Time(v.minutes)*minute + minute/2
	for seed, symbol := range []string{"BTCUSDT", "ETHUSDT"} {
		c := binancetest.Walk(uint64(seed), market.Minute, venueStart, v.minutes+1)
		if seed == 0 {
			for row := range v.restate {
				c.Volume[row] += 1
			}
			c = binancetest.Without(c, venueStart+market.Time(v.gap[0])*minute, venueStart+market.Time(v.gap[1])*minute)
		}
		v.server.Put(symbol, c)
		v.server.Put(symbol, market.Resample(c, market.Hour, market.MaxTime))
		v.server.Lock()
		v.server.Fundings[symbol], v.server.Trades[symbol] = nil, nil
		for i := range v.minutes/480 + 1 {
			v.server.Fundings[symbol] = append(v.server.Fundings[symbol], market.Funding{Time: venueStart + market.Time(480*i)*minute + 2e6, Rate: decimal.New(int64(i), -5)})
		}
		for i := range v.minutes {
			v.server.Trades[symbol] = append(v.server.Trades[symbol], binancetest.Trade{ID: int64(i), Time: venueStart + market.Time(i/2)*minute, Price: "100.5", Quantity: "0.25"})
		}
		v.server.Unlock()
	}
	v.server.Lock()
	defer v.server.Unlock()
	v.server.Now = func() market.Time { return now }
}
